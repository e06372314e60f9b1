"""How masks of one image agree: observers, versions, engines, a Segmentation."""

from __future__ import annotations

import argparse
import math
import sys

from rtstruct.cli.selection import add_pseudonyms, pseudonyms_of
from rtstruct.cli.show.say import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--where",
        metavar="SQL",
        required=True,
        help="condition on pairs of masks a and b, such as \"a.structure = 'Heart' and"
        " a.StructureSetLabel = 'Observer 1'\"; true for all",
    )
    parser.add_argument(
        "--on",
        metavar="SQL",
        help="what makes two masks on one image a pair (default: the same structure, side and"
        " class, in two structure sets or by two engines)",
    )
    parser.add_argument(
        "--tolerance",
        type=_length,
        default=2.0,
        metavar="MM",
        help="of the surface Dice (default: 2)",
    )
    add_pseudonyms(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one array of objects")
    form.add_argument("--csv", action="store_true")


def _length(text: str) -> float:
    try:
        length = float(text)
    except ValueError:
        length = math.nan
    if not 0 <= length < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no length in mm")
    return length


_SHOWN = (
    *("PatientID", "a_ROIName", "b_ROIName", "a_engine", "b_engine", "a_volume_mL", "b_volume_mL"),
    *("dice", "surface_dice", "hausdorff_95_mm", "mean_surface_distance_mm"),
    *("added_path_length_mm", "centroid_shift_mm", "error_code"),
)


def run(arguments: argparse.Namespace) -> int:
    """Print a row per pair; returns 1 if any could not be compared."""
    from rtstruct.catalog.mask_pairs import SAME_STRUCTURE
    from rtstruct.catalog.query import Answer
    from rtstruct.cli.show import tables
    from rtstruct.cli.show.conversion import counted
    from rtstruct.home import Home
    from rtstruct.pipeline.compare import compare
    from rtstruct.progress import progress

    rows = compare(
        Home.from_environment(),
        arguments.where,
        pairing=arguments.on or SAME_STRUCTURE,
        tolerance_mm=arguments.tolerance,
        pseudonyms=pseudonyms_of(arguments),
        progress=progress,
    )
    is_for_scripts = arguments.json or arguments.csv
    names = tuple(rows[0]) if rows and is_for_scripts else _SHOWN
    answer = Answer(
        names, [tuple(_short(row[name], is_for_scripts) for name in names) for row in rows]
    )
    tables.write(answer, sys.stdout, as_json=arguments.json, as_csv=arguments.csv)
    failed = [row for row in rows if row["error_code"]]
    for row in failed[:1]:
        say(f"not compared: {len(failed)}, for example: {row['message']}")
    say(
        f"{counted(len(rows), 'pair')}; registered in registry.agreements"
        if rows
        else "No two masks fulfil the conditions; masks are made by `rtstruct convert`"
    )
    return 1 if failed else 0


def _short(value: object, is_for_scripts: bool) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) and not is_for_scripts else value
