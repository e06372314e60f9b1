"""The columns of the index, read from ``dicom_all.json`` beside this module.

``idc`` in that file holds columns of IDC's ``dicom_all`` with their types there (a list holds the
fields of a repeated record), ``local`` those that only an index of local files has, ``attributes``
tag and VR of each DICOM keyword among them: pydicom's dictionary takes longer to import than a
thousand files take to read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias, cast

Kind: TypeAlias = "str | list[dict[str, Kind]]"
"""A DuckDB type, or the fields of a repeated record."""


class Reading(IntEnum):
    """How the bytes of an element become a value of the index."""

    TEXT = auto()
    """As written, without padding behind it."""
    CODE = auto()
    """Without padding on either side: a number, a code, a UID."""
    LIST = auto()
    DATE = auto()
    TIME = auto()
    INTEGER = auto()
    DOUBLE = auto()
    RECORDS = auto()


@dataclass(frozen=True)
class Field:
    """One column, or one field of a repeated record."""

    name: str
    tag: int
    reading: Reading
    record: Record | None = None
    """The fields of its items, for a sequence."""


@dataclass(frozen=True)
class Record:
    """What is read of one data set: the index's columns, or a sequence's fields."""

    fields: tuple[Field, ...]
    absent: dict[str, list[str]]
    """What is said of repeated fields that are absent: an empty list, as BigQuery has it."""

    @cached_property
    def by_tag(self) -> dict[int, tuple[str, int, Record | None]]:
        """Tag -> name, reading (as a plain number, which is looked up faster) and items."""
        return {field.tag: (field.name, int(field.reading), field.record) for field in self.fields}

    @cached_property
    def wanted(self) -> frozenset[int]:
        """The tags to look for; the character set is needed to read the others."""
        return frozenset(self.by_tag) | {SPECIFIC_CHARACTER_SET}


SPECIFIC_CHARACTER_SET = 0x00080005
_FREE_TEXT = frozenset({"LO", "SH", "LT", "ST", "UT", "UC"})
"""Where spaces in front are text; in front of a number, a code or a UID they are padding too."""
_READINGS = {
    "BIGINT": Reading.INTEGER,
    "DOUBLE": Reading.DOUBLE,
    "DATE": Reading.DATE,
    "TIME": Reading.TIME,
}


@cache
def columns() -> Record:
    """The columns of the index that are DICOM attributes, in order.

    Without ROIContourSequence, which stays empty: it would be most of the index. ``roi_contours``
    has what can be asked of it.
    """
    written = _written()
    everything = _record(written["idc"], written["attributes"])
    kept = (field for field in everything.fields if field.name != "ROIContourSequence")
    return Record(tuple(kept), everything.absent)


def column_types() -> dict[str, str]:
    """Column name -> DuckDB type, in order, of all columns."""
    written = _written()
    return {name: _duckdb_type(kind) for name, kind in (written["idc"] | written["local"]).items()}


@cache
def _written() -> dict[str, Any]:
    path = Path(__file__).with_name("dicom_all.json")
    return cast("dict[str, Any]", json.loads(path.read_text("utf-8")))


def _duckdb_type(kind: Kind) -> str:
    if isinstance(kind, str):
        return kind
    members = ", ".join(f'"{name}" {_duckdb_type(member)}' for name, member in kind[0].items())
    return f"STRUCT({members})[]"


def _record(kinds: dict[str, Kind], attributes: dict[str, tuple[str, str]]) -> Record:
    fields = []
    for name, kind in kinds.items():
        if name not in attributes:
            continue
        tag, vr = attributes[name]
        if isinstance(kind, list):
            inside = _record(kind[0], attributes)
            fields.append(Field(name, int(tag, 16), Reading.RECORDS, inside))
        elif kind.endswith("[]"):
            fields.append(Field(name, int(tag, 16), Reading.LIST))
        else:
            text = Reading.TEXT if vr in _FREE_TEXT else Reading.CODE
            fields.append(Field(name, int(tag, 16), _READINGS.get(kind, text)))
    repeated = [name for name, kind in kinds.items() if _duckdb_type(kind).endswith("[]")]
    return Record(tuple(fields), {name: [] for name in repeated})
