"""Rows as JSON, CSV or a table to look at. Only the table changes a value: it must be harmless."""

from __future__ import annotations

import csv
import json
import math
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from rtstruct.quoting import for_terminal

if TYPE_CHECKING:
    from rtstruct.catalog.query import Answer


def write(answer: Answer, out: IO[str], *, as_json: bool, as_csv: bool) -> None:
    """Write rows in the form that was asked for; a table if none was."""
    form = write_json if as_json else write_csv if as_csv else write_table
    form(answer, out)


def write_json(answer: Answer, out: IO[str]) -> None:
    """One array of objects, a row a line; nested values stay nested, NaN becomes null."""
    columns = answer.columns
    separator = "["
    for row in answer.rows:
        record = dict(zip(columns, map(_plain, row), strict=True))
        out.write(f"{separator}\n{json.dumps(record, ensure_ascii=False)}")
        separator = ","
    out.write("[]\n" if separator == "[" else "\n]\n")


def write_csv(answer: Answer, out: IO[str]) -> None:
    """RFC 4180 with a header; null is empty, nested values are JSON."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in answer.rows:
        writer.writerow([_text(_plain(value)) for value in row])


def write_table(answer: Answer, out: IO[str]) -> None:
    """A table for people; text from files is shown, never obeyed by the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    for place, name in enumerate(answer.columns):
        kinds = {type(row[place]) for row in answer.rows} - {type(None)}
        is_number = kinds in ({int}, {float}, {Decimal})
        table.add_column(
            Text(for_terminal(name)), justify="right" if is_number else "left", overflow="fold"
        )
    for row in answer.rows:
        table.add_row(*(Text(for_terminal(_text(_plain(value)))) for value in row))
    console = Console(file=out, highlight=False)
    if not console.is_terminal:
        # A pipe has no width: rows are not to be folded at 80 columns.
        console.width = 10_000
    console.print(table)


def _plain(value: Any) -> Any:
    """The value as JSON knows it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else str(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
