"""What is selected: the options that say it, for every command that has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.show.say import say
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rtstruct.pseudonyms import Pseudonyms


def add_identifiers(parser: argparse.ArgumentParser) -> None:
    """Declare ``--ids``."""
    parser.add_argument(
        "--ids",
        type=Path,
        metavar="FILE",
        help="only these patients, studies, series or instances: one a line, a CSV table with a"
        " column such as PatientID, or a manifest of IDC",
    )


def identifiers_of(arguments: argparse.Namespace) -> frozenset[str] | None:
    """What ``--ids`` leaves; says on standard error what of it the catalog does not know."""
    from rtstruct.catalog.identifiers import read_identifiers, unknown_identifiers

    if arguments.ids is None:
        return None
    identifiers = read_identifiers(arguments.ids)
    unknown = unknown_identifiers(Home.from_environment().catalog, identifiers)
    if unknown:
        say(
            f"Not in the catalog: {len(unknown)} of {len(identifiers)} identifiers,"
            f" such as {unknown[0]}"
        )
    return identifiers


def add_where(parser: argparse._ActionsContainer, *, required: bool = False) -> None:
    """Declare ``--where``."""
    parser.add_argument(
        "--where",
        metavar="SQL",
        help="condition on ROIs and their series, such as \"structure = 'Lung'\"; true for all",
        required=required,
    )


def add_catalog(parser: argparse.ArgumentParser) -> None:
    """Declare ``--catalog``."""
    parser.add_argument(
        "--catalog",
        choices=("local", "bigquery"),
        default="local",
        help="bigquery: copy the marts from there, unless unchanged since the last copy",
    )


def add_pseudonyms(parser: argparse.ArgumentParser) -> None:
    """Declare ``--pseudonymise``."""
    parser.add_argument(
        "--pseudonymise",
        type=Path,
        metavar="KEY",
        help="name patients, studies and folders by pseudonyms in all that is written; KEY is a"
        " file of yours that makes them the same every time, and is made if it is not there",
    )


def pseudonyms_of(arguments: argparse.Namespace) -> Pseudonyms | None:
    """What ``--pseudonymise`` asks for."""
    from rtstruct.pseudonyms import read_key

    return None if arguments.pseudonymise is None else read_key(arguments.pseudonymise)


def add_license(parser: argparse.ArgumentParser) -> None:
    """Declare ``--license``."""
    parser.add_argument(
        "--license",
        choices=("any", "commercial"),
        default="any",
        help="commercial: leave out what is not known to allow commercial use",
    )


def show_left_out(left_out: Mapping[str, int]) -> None:
    """Say on standard error what ``--license`` leaves out, by license."""
    from rtstruct.cli.show.conversion import counted

    for name, count in sorted(left_out.items()):
        say(f"Left out: {counted(count, 'structure set')} under {name}")


def copy_catalog(*, dry_run: bool = False) -> bool:
    """Make the local catalog a copy of the marts in BigQuery; returns whether it is one now."""
    from rtstruct.catalog.bigquery import fetch_marts, is_copy, list_marts

    home = Home.from_environment()
    marts = list_marts()
    rows, size = sum(mart.rows for mart in marts), sum(mart.bytes for mart in marts)
    found = f"{len(marts)} marts in BigQuery project {marts[0].project}"
    if is_copy(home.catalog, marts):
        say(f"{found} are as they were copied: nothing is read")
        return True
    cost = f"{rows} rows, {size / 1e9:.3f} GB, to be read once; no query is billed"
    say(f"{found}: {cost}")
    if dry_run:
        return False
    fetch_marts(home.catalog)
    return True
