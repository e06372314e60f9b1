"""The columns of the index, read from ``dicom_all.json`` beside this module.

``idc`` in that file holds columns of IDC's ``dicom_all`` with their types there (a list holds the
fields of a repeated record), ``local`` those that only an index of local files has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword


@dataclass(frozen=True)
class Field:
    """One column, or one field of a repeated record.

    ``duckdb_type`` is the type of one value; ``tag`` and ``vr`` (the dictionary's value
    representation) are None for what is no DICOM attribute; ``fields`` is empty unless the values
    are records.
    """

    name: str
    duckdb_type: str
    repeated: bool
    tag: int | None
    vr: str | None
    fields: tuple[Field, ...] = ()

    @property
    def column_type(self) -> str:
        """The DuckDB type of the column."""
        return self.duckdb_type + ("[]" if self.repeated else "")


@cache
def columns() -> tuple[Field, ...]:
    """All columns of the index, in order."""
    written = json.loads(Path(__file__).with_name("dicom_all.json").read_text("utf-8"))
    return _fields(written["idc"] | written["local"])


def column_types() -> dict[str, str]:
    """Column name -> DuckDB type, in order."""
    return {field.name: field.column_type for field in columns()}


def _fields(written: dict[str, Any]) -> tuple[Field, ...]:
    return tuple(_field(name, kind) for name, kind in written.items())


def _field(name: str, kind: str | list[dict[str, Any]]) -> Field:
    tag = tag_for_keyword(name)
    vr = None if tag is None else dictionary_VR(tag)
    if isinstance(kind, str):
        return Field(name, kind.removesuffix("[]"), kind.endswith("[]"), tag, vr)
    fields = _fields(kind[0])
    members = ", ".join(f'"{field.name}" {field.column_type}' for field in fields)
    return Field(name, f"STRUCT({members})", True, tag, vr, fields)
