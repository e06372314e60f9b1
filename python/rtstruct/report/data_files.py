"""Data of pages as script files: a page opened from disk may load scripts, but fetch nothing."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rtstruct.quoting import for_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_data(path: Path, name: str, value: Any) -> None:
    """Write ``value`` so that a page finds it as ``rtstruct.data[name]``.

    All is ASCII, so that no byte of a name depends on how a server labels the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    path.write_text(f"rtstruct.put({json.dumps(name)},{text});\n", encoding="ascii")


def columns_of(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A table by columns; one with few distinct values as these and their places.

    ``{"length": n, "columns": {name: [...] or {"values": [...], "codes": [...]}}}``
    """
    packed: dict[str, Any] = {}
    for place, name in enumerate(columns):
        values = [plain(row[place]) for row in rows]
        packed[name] = _packed(values)
    return {"length": len(rows), "columns": packed}


def _packed(values: list[Any]) -> Any:
    if not all(value is None or isinstance(value, str) for value in values):
        return values
    places: dict[Any, int] = {}
    codes = [places.setdefault(value, len(places)) for value in values]
    if len(places) * 2 > len(values):
        return values
    return {"values": list(places), "codes": codes}


def plain(value: Any) -> Any:
    """The value as JSON knows it; text as pages show it."""
    if isinstance(value, str):
        return for_page(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return for_page(str(value))
