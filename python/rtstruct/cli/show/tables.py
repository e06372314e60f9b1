"""Rows as JSON, CSV or a table to look at; each says what it cannot show in its own way."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Final

from rtstruct.quoting import for_csv, for_json, for_terminal

if TYPE_CHECKING:
    from rich.console import Console

    from rtstruct.catalog.query import Answer


# What is no longer than this fits anywhere.
_SHORT_UID: Final = 28
_UID_ENDS: Final = 12
_UID: Final = re.compile(r"[0-2](\.\d+)+")


def write(answer: Answer, out: IO[str], *, as_json: bool, as_csv: bool, full: bool = False) -> None:
    """Write rows in the form that was asked for; a table if none was."""
    if as_json:
        write_json(answer, out)
    elif as_csv:
        write_csv(answer, out)
    else:
        write_table(answer, out, full=full)


def write_json(answer: Answer, out: IO[str]) -> None:
    """One array of objects, a row a line; nested values stay nested, NaN becomes null."""
    columns = answer.columns
    separator = "["
    for row in answer.rows:
        record = dict(zip(columns, map(_plain, row), strict=True))
        out.write(f"{separator}\n{for_json(record)}")
        separator = ","
    out.write("[]\n" if separator == "[" else "\n]\n")


def write_csv(answer: Answer, out: IO[str]) -> None:
    """RFC 4180 with a header; null is empty, nested values are JSON; see :func:`for_csv`."""
    out.write(for_csv(answer.columns))
    for row in answer.rows:
        out.write(for_csv(_text(_plain(value)) for value in row))


def write_table(answer: Answer, out: IO[str], *, full: bool = False) -> None:
    """A table for people; text from files is shown, never obeyed by the terminal.

    On a terminal UIDs lose their middle, unless ``full``, and what is wider than the terminal is
    written record by record. A pipe has no width: there a row is a line, whole.
    """
    from rich.console import Console

    console = Console(file=out, highlight=False)
    columns = [for_terminal(name) for name in answer.columns]
    rows = [[for_terminal(_text(_plain(value))) for value in row] for row in answer.rows]
    if not console.is_terminal:
        console.width = 10_000
    elif not full:
        rows = [[shortened(text) for text in row] for row in rows]
    if console.is_terminal and rows and _width(columns, rows) > console.width:
        _write_records(console, columns, rows)
    else:
        _write_grid(console, answer, columns, rows)


def shortened(text: str) -> str:
    """A UID without its middle: both ends tell UIDs apart, the middle only fills the screen."""
    if len(text) <= _SHORT_UID or not _UID.fullmatch(text):
        return text
    return f"{text[:_UID_ENDS]}…{text[-_UID_ENDS:]}"


def _write_grid(
    console: Console, answer: Answer, columns: list[str], rows: list[list[str]]
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    for place, name in enumerate(columns):
        kinds = {type(row[place]) for row in answer.rows} - {type(None)}
        is_number = kinds in ({int}, {float}, {Decimal})
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    console.print(table)


def _write_records(console: Console, columns: list[str], rows: list[list[str]]) -> None:
    """Each row as lines of its own, as psql does with \\x; what is empty is left out."""
    from rich.table import Table
    from rich.text import Text

    for number, row in enumerate(rows, 1):
        console.print(Text(f"-- {number} of {len(rows)}", style="dim"))
        record = Table.grid(padding=(0, 2))
        record.add_column(no_wrap=True)
        record.add_column(overflow="fold")
        for name, text in zip(columns, row, strict=True):
            if text:
                record.add_row(Text(name, style="bold"), Text(text))
        console.print(record)


def _width(columns: list[str], rows: list[list[str]]) -> int:
    """Of the table, borders between columns with it."""
    from rich.cells import cell_len

    widest = [
        max(cell_len(name), *(cell_len(row[place]) for row in rows))
        for place, name in enumerate(columns)
    ]
    return sum(widest) + 3 * (len(widest) - 1)


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
        return for_json(value)
    return str(value)
