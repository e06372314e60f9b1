"""The same structures through Plastimatch, compared ROI by ROI; nothing is written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rtstruct.cli.selection import add_where
from rtstruct.cli.show.say import say

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_where(parser, required=True)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one array of objects")
    form.add_argument("--csv", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Print a row per ROI; returns 1 if any differs without a known reason, or failed."""
    from collections import Counter
    from dataclasses import astuple, fields

    from rtstruct.catalog.query import Answer
    from rtstruct.cli.show import tables
    from rtstruct.conversion.compare.verify import Comparison, verify_task
    from rtstruct.conversion.masks.plastimatch import program
    from rtstruct.conversion.planning.tasks import batches_of, make_task
    from rtstruct.conversion.run.driver import from_catalog
    from rtstruct.conversion.task import Options
    from rtstruct.home import Home
    from rtstruct.progress import progress

    program()
    selection = from_catalog(Home.from_environment().catalog, arguments.where)
    batches = batches_of(row for row in selection.rows if row.is_convertible)
    found: list[Comparison] = []
    with progress("Comparing image series", len(batches)) as advance:
        for rows in batches:
            series = str(rows[0].referenced_SeriesInstanceUID)
            images = selection.images([series]).get(series, [])
            found.extend(verify_task(make_task(rows, images, Options())))
            advance(1, f"{len(found)} ROIs")
    names = tuple(field.name for field in fields(Comparison))
    answer = Answer(names, [astuple(each) for each in found])
    tables.write(answer, sys.stdout, as_json=arguments.json, as_csv=arguments.csv)
    verdicts = Counter(each.verdict for each in found)
    say(", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items())))
    return 1 if verdicts["differs"] or verdicts["failed"] else 0
