"""Masks, on the referenced image's own grid; run again to resume."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.selection import (
    add_catalog,
    add_identifiers,
    add_license,
    add_pseudonyms,
    add_where,
    copy_catalog,
    identifiers_of,
    pseudonyms_of,
    show_left_out,
)
from rtstruct.cli.show.say import say
from rtstruct.cores import cores
from rtstruct.errors import UsageError
from rtstruct.home import Home
from rtstruct.write.formats import SUFFIXES

if TYPE_CHECKING:
    from rtstruct.conversion.planning.plan import Request, Selection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    add_where(what)
    what.add_argument("--shard", type=Path, metavar="FILE", help="a part made by `rtstruct plan`")
    add_catalog(parser)
    add_results(parser)
    # Whether an option is given shows only where its default is none of its values.
    parser.set_defaults(**dict.fromkeys(_planned()))
    add_runner(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and stop")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _planned() -> dict[str, object]:
    """Defaults of the options that a shard has from `rtstruct plan`."""
    parser = argparse.ArgumentParser()
    add_catalog(parser)
    add_results(parser)
    return vars(parser.parse_args([]))


def add_results(parser: argparse.ArgumentParser) -> None:
    """Declare what says which results are wanted."""
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where masks go (default: RTSTRUCT_HOME/masks)"
    )
    parser.add_argument(
        "--format",
        choices=(*SUFFIXES, "seg"),
        default="nifti",
        help="default: nifti; seg is DICOM Segmentation, one file of segments a structure set",
    )
    parser.add_argument(
        "--boundary",
        choices=("auto", "centre", "inclusive"),
        default="auto",
        help="voxels whose centre lies on a contour: half of them (centre), all (inclusive),"
        " or all where software traced the contours from a mask (auto, the default)",
    )
    parser.add_argument(
        "--overlap",
        choices=("union", "even-odd"),
        default="union",
        help="what is inside where contours of one plane overlap in part: all of it (union, the"
        " default), or what an odd number of them encloses; nested contours are holes either way",
    )
    parser.add_argument(
        "--interpolate",
        action="store_true",
        help="fill slices between contours that hold none, by the shapes on both sides;"
        " noted with each mask (default: they stay empty, and the mask says so)",
    )
    parser.add_argument(
        "--missing-slices",
        choices=("complete", "refuse"),
        default="complete",
        help="a series that lacks slices: masks on a grid that has them (complete, the default),"
        " or no masks (refuse)",
    )
    parser.add_argument(
        "--engine",
        choices=("native", "plastimatch"),
        default="native",
        help="what fills the contours: rtstruct (native, the default), or plastimatch",
    )
    layout = parser.add_mutually_exclusive_group()
    layout.set_defaults(layout="separate")
    layout.add_argument(
        "--labelmap",
        action="store_const",
        const="labelmap",
        dest="layout",
        help="one file of labels for the selected ROIs of a structure set, with a table beside it;"
        " where ROIs overlap the smaller one wins",
    )
    layout.add_argument(
        "--4d",
        action="store_const",
        const="4d",
        dest="layout",
        help="one file for the selected ROIs of a structure set, along a fourth axis (nifti only)",
    )
    parser.add_argument(
        "--per",
        choices=("structure-set", "image"),
        default="structure-set",
        help="with --labelmap, --4d or --format seg: a file for each structure set (default), or"
        " one for each image stack, of all structure sets that are selected on it",
    )
    parser.add_argument(
        "--reference", action="store_true", help="write the image too, on the voxels of the masks"
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="mean, SD, extremes and percentiles of the image inside each mask, in registry.masks",
    )
    parser.add_argument(
        "--resample",
        type=_spacing,
        metavar="MM",
        help="voxels of another size: 1, or 1,1,2 for columns, rows, slices (default: the image's)",
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="the exact share of each voxel inside the contours, 0 to 1, in place of a mask",
    )
    parser.add_argument(
        "--any-frame-of-reference",
        action="store_true",
        help="convert on the referenced image even if it has another frame of reference",
    )
    parser.add_argument(
        "--registration",
        action="store_true",
        help="also convert on images in another frame of reference that a rigid registration in the"
        " catalog ties to the contours' own; noted with each mask",
    )
    add_identifiers(parser)
    add_license(parser)
    add_pseudonyms(parser)
    parser.add_argument(
        "--redo",
        choices=("none", "failed", "changed", "all"),
        default="none",
        help="make again nothing (default), what failed, what comes from changed files or another"
        " version of rtstruct, or all that is selected",
    )


def add_workers(parser: argparse._ActionsContainer) -> None:
    """Declare ``--workers``."""
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        default=cores(),
        help="processes (default: one per processor)",
    )


def add_runner(parser: argparse.ArgumentParser) -> None:
    """Declare ``--workers`` and ``--cluster``."""
    where = parser.add_mutually_exclusive_group()
    add_workers(where)
    where.add_argument("--cluster", metavar="ADDRESS", help="of a dask scheduler: tcp://host:8786")


def positive(text: str) -> int:
    """A number of things on the command line: 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _spacing(text: str) -> tuple[float, float, float]:
    try:
        sizes = [float(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if len(sizes) not in (1, 3) or not all(0 < size < math.inf for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r} is not a spacing in mm, such as 1 or 1,1,2")
    across, along, between = sizes * (3 // len(sizes))
    return across, along, between


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what does not go together."""
    is_alone, is_seg = arguments.layout == "separate", arguments.format == "seg"
    if arguments.layout == "4d" and arguments.format != "nifti":
        raise UsageError("--4d needs --format nifti")
    if is_seg and arguments.reference:
        raise UsageError("--format seg cannot be combined with --reference")
    if arguments.per == "image" and is_alone and not is_seg:
        raise UsageError("--per image needs --labelmap, --4d or --format seg")
    if arguments.interpolate and (arguments.coverage or arguments.engine != "native"):
        raise UsageError("--interpolate cannot be combined with --coverage or --engine plastimatch")
    if arguments.registration and (
        arguments.any_frame_of_reference or arguments.engine != "native"
    ):
        raise UsageError(
            "--registration cannot be combined with --any-frame-of-reference or"
            " --engine plastimatch"
        )
    if arguments.coverage and (not is_alone or arguments.engine != "native"):
        raise UsageError(
            "--coverage cannot be combined with --labelmap, --4d or --engine plastimatch"
        )


def _settle(arguments: argparse.Namespace) -> None:
    """Fill in defaults, or refuse with a shard what the shard has fixed."""
    for name, default in _planned().items():
        value = getattr(arguments, name)
        if value is None:
            setattr(arguments, name, default)
        elif arguments.shard:
            option = value if name == "layout" else name.replace("_", "-")
            raise UsageError(
                f"--{option} cannot be combined with --shard, which fixes it",
                "Give it to `rtstruct plan`",
            )


def selected(arguments: argparse.Namespace) -> tuple[Request, Selection]:
    """The request and the selection that the command line asks for."""
    from rtstruct.conversion.planning.plan import Request
    from rtstruct.conversion.task import Options
    from rtstruct.pipeline.convert import select

    _check(arguments)
    if arguments.engine == "plastimatch":
        from rtstruct.conversion.masks.plastimatch import program

        program()
    home = Home.from_environment()
    pseudonyms = pseudonyms_of(arguments)
    request = Request(
        home=home.root,
        registry=home.registry,
        out=(arguments.out or home.masks).absolute(),
        options=Options(
            format=arguments.format,
            boundary=arguments.boundary,
            overlap=arguments.overlap,
            interpolate=arguments.interpolate,
            missing_slices=arguments.missing_slices,
            resample=arguments.resample,
            engine=arguments.engine,
            layout=arguments.layout,
            per=arguments.per,
            reference=arguments.reference,
            statistics=arguments.statistics,
            coverage=arguments.coverage,
            any_frame_of_reference=arguments.any_frame_of_reference,
            registration=arguments.registration,
        ),
        redo=arguments.redo,
        pseudonyms=pseudonyms.fingerprint if pseudonyms else None,
    )
    if home.catalog_is_behind:
        say("The catalog is older than the index: `rtstruct build` brings in what is new")
    selection, left_out = select(
        home,
        arguments.where,
        identifiers=identifiers_of(arguments),
        commercial=arguments.license == "commercial",
        pseudonyms=pseudonyms,
    )
    show_left_out(left_out)
    return request, selection


def run(arguments: argparse.Namespace) -> int:
    """Plan, convert, report."""
    _settle(arguments)
    from rtstruct.cli.show.conversion import show_plan, show_result
    from rtstruct.conversion.run.driver import plan_request
    from rtstruct.pipeline.convert import convert
    from rtstruct.progress import progress

    if not (arguments.dry_run or arguments.cluster or Home.from_environment().registry.exists()):
        from rtstruct.conversion.run.local import warm_up
        from rtstruct.processes import fork_early

        # Nothing is done yet: workers will be needed.
        fork_early()
        warm_up()
    if arguments.catalog == "bigquery" and not copy_catalog(dry_run=arguments.dry_run):
        return 0
    if arguments.shard:
        from rtstruct.conversion.planning.shards import read_shard

        request, selection = read_shard(arguments.shard)
    else:
        request, selection = selected(arguments)
    if arguments.dry_run:
        plan = plan_request(request, selection)
        return show_plan(plan, request.options, as_json=arguments.json)
    given = {
        "where": arguments.where,
        "ids": arguments.ids and str(arguments.ids),
        "shard": arguments.shard and str(arguments.shard),
    }
    if request.pseudonyms is not None:
        # Conditions and names of files may name patients.
        given = dict.fromkeys(given)
    result = convert(
        request,
        selection,
        command="convert",
        parameters={**given, "redo": request.redo, **json.loads(request.parameters)},
        workers=arguments.workers,
        cluster=arguments.cluster,
        progress=progress,
    )
    return show_result(result, as_json=arguments.json)
