"""``rtstruct names``: what a ROI name means, and why."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.atomic_write import draft_file
from rtstruct.catalog.project import OWN_NAMES
from rtstruct.catalog.query import Answer
from rtstruct.catalog.review import template
from rtstruct.catalog.vocabulary import read_names
from rtstruct.cli.review import ask_and_write, show_changes
from rtstruct.cli.show import tables
from rtstruct.cli.show.conversion import counted
from rtstruct.cli.show.say import say, tell, tell_json
from rtstruct.errors import UsageError
from rtstruct.home import Home
from rtstruct.quoting import for_csv, for_json, for_spreadsheet

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rtstruct.catalog.vocabulary import Reading


_DIALOGUE = ""
# What is worth a look in a list of many names.
_OVERVIEW = (
    *("roi_class", "structure", "laterality", "site", "target_type", "margin_mm"),
    *("confidence", "unread", "conflict"),
)
_TEMPLATE = ("ROIName", "roi_class", "structure", "laterality", "comment")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="ROI names to explain")
    parser.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        help="a CSV file with a column ROIName, or a text file with one name a line, as a table;"
        " - reads stdin",
    )
    parser.add_argument(
        "--review",
        nargs="?",
        const=_DIALOGUE,
        metavar="FILE",
        help="decide about names of the catalog that are unmapped or weak: question by question, or"
        " in a template of rules that is written to FILE; filled in, save it as"
        f" RTSTRUCT_HOME/rules/{OWN_NAMES}; then run `rtstruct build`",
    )
    parser.add_argument(
        "--changes",
        action="store_true",
        help="what the next `rtstruct build` would read otherwise, by your rules or a new version",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document")
    form.add_argument("--csv", action="store_true", help="CSV, one row a name, in the order given")


def run(arguments: argparse.Namespace) -> int:
    if arguments.review == _DIALOGUE:
        return ask_and_write(Home.from_environment())
    if arguments.review:
        return _write_template(Path(arguments.review))
    if arguments.changes:
        return show_changes(Home.from_environment(), as_json=arguments.json)
    names = [*arguments.names, *(_names_in(arguments.file) if arguments.file else [])]
    if not names:
        raise UsageError("no names given", "Write `rtstruct names NAME...` or `--from FILE`")
    readings = read_names(names, Home.from_environment())
    if arguments.json:
        records = [_record(reading) for reading in readings]
        tell_json(records)
    elif arguments.csv:
        columns = list(_record(readings[0]))
        sys.stdout.write(for_csv(columns))
        for reading in readings:
            record = {**_record(reading), "tokens": " ".join(reading.tokens)}
            sys.stdout.write(for_csv(record[column] for column in columns))
    elif arguments.file:
        tables.write_table(_overview(readings), sys.stdout)
    else:
        for reading in readings:
            tell(*_explanation(reading))
    return 0


def _overview(readings: Sequence[Reading]) -> Answer:
    rows = [(each.ROIName, *(each.facets[column] for column in _OVERVIEW)) for each in readings]
    return Answer(("ROIName", *_OVERVIEW), rows)


def _write_template(file: Path) -> int:
    home = Home.from_environment()
    rows = [(name, "", "", "", comment) for name, comment in template(home)]
    if file.exists():
        raise UsageError(f"{file} is there already", "Name a new file, lest answers be lost")
    with (
        draft_file(file) as draft,
        draft.open("w", encoding="utf-8", newline="") as stream,
    ):
        stream.write(for_spreadsheet(_TEMPLATE))
        stream.writelines(map(for_spreadsheet, rows))
    say(
        f"{counted(len(rows), 'name')} to review: {file}",
        f"Fill in roi_class, structure or laterality, save it as {home.rules / OWN_NAMES}"
        " and run `rtstruct build`",
    )
    return 0


def _names_in(file: str) -> list[str]:
    """Names in a column ROIName, else one name a line; not a byte of them is changed."""
    source = sys.stdin.buffer if file == "-" else None
    try:
        data = source.read() if source else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    lines = text.split("\n")
    # Never lower: the limit is that of the whole process.
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    try:
        if "ROIName" in next(csv.reader(lines[:1]), []):
            rows: Sequence[dict[str, str]] = list(csv.DictReader(line + "\n" for line in lines))
            return [row["ROIName"] or "" for row in rows]
    except csv.Error as error:
        raise UsageError(f"{file} is neither CSV nor one name a line: {error}") from None
    return [line.removesuffix("\r") for line in lines if line.strip()]


def _record(reading: Reading) -> dict[str, object]:
    return {"ROIName": reading.ROIName, **reading.facets, "tokens": reading.tokens}


def _explanation(reading: Reading) -> list[str]:
    """The facets that have a value, one a line; a name may hold anything, so that it is quoted."""
    facets = {key: value for key, value in reading.facets.items() if value is not None}
    facets["match_rule"] = f"{facets.get('match_rule')}: {reading.meaning}"
    facets["tokens"] = " ".join(reading.tokens)
    width = max(map(len, facets))
    lines = [f"  {key:{width}}  {_shown(value)}" for key, value in facets.items()]
    return [for_json(reading.ROIName), *lines, ""]


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "yes" if value is True else "no" if value is False else str(value)
