"""The columns of the index, read from ``dicom_all.json`` beside this module.

``idc`` in that file holds columns of IDC's ``dicom_all`` with their types there (a list holds the
fields of a repeated record), ``local`` those that only an index of local files has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias, cast

Kind: TypeAlias = "str | list[dict[str, Kind]]"
"""A DuckDB type, or the fields of a repeated record."""


@dataclass(frozen=True)
class Field:
    """One column, or one field of a repeated record.

    ``tag`` and ``vr`` (the dictionary's value
    representation) are None for what is no DICOM attribute; ``fields`` is empty unless the values
    are records.
    """

    name: str
    duckdb_type: str
    tag: int | None
    vr: str | None
    fields: tuple[Field, ...] = ()

    @property
    def repeated(self) -> bool:
        return self.duckdb_type.endswith("[]")


@cache
def columns() -> tuple[Field, ...]:
    """All columns of the index, in order."""
    return _fields(_written())


def column_types() -> dict[str, str]:
    """Column name -> DuckDB type, in order."""
    return {name: _duckdb_type(kind) for name, kind in _written().items()}


def _written() -> dict[str, Kind]:
    written = json.loads(Path(__file__).with_name("dicom_all.json").read_text("utf-8"))
    return cast("dict[str, Kind]", written["idc"] | written["local"])


def _duckdb_type(kind: Kind) -> str:
    if isinstance(kind, str):
        return kind
    members = ", ".join(f'"{name}" {_duckdb_type(member)}' for name, member in kind[0].items())
    return f"STRUCT({members})[]"


def _fields(written: dict[str, Kind]) -> tuple[Field, ...]:
    # Whoever needs no tags (a run that reads nothing) need not wait for pydicom.
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    fields = []
    for name, kind in written.items():
        tag = tag_for_keyword(name)
        vr = None if tag is None else dictionary_VR(tag)
        members = () if isinstance(kind, str) else _fields(kind[0])
        fields.append(Field(name, _duckdb_type(kind), tag, vr, members))
    return tuple(fields)
