"""Training and analysis sets: images and masks of a selection as others read them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from rtstruct.cli.convert import add_workers
from rtstruct.cli.selection import (
    add_identifiers,
    add_pseudonyms,
    add_where,
    identifiers_of,
    pseudonyms_of,
)
from rtstruct.cli.show.say import say, tell, tell_json
from rtstruct.home import Home


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_where(parser, required=True)
    add_identifiers(parser)
    add_pseudonyms(parser)
    parser.add_argument(
        "--from",
        dest="source",
        choices=("rois", "segments"),
        default="rois",
        help="what the condition selects: ROIs (default), or segments of DICOM Segmentations, by"
        " the columns of the table segments",
    )
    parser.add_argument("--layout", choices=("nnunet", "monai", "pyradiomics"), required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the new set")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="a CSV table of label, name and, where names of ROIs decide, ROIName; such as the"
        " labels.csv of an earlier export (default: structure and side, in alphabetical order)",
    )
    parser.add_argument(
        "--overlap",
        choices=("error", "regions"),
        default="error",
        help="labels that overlap: stop and name them (default), or write nnU-Net regions",
    )
    parser.add_argument(
        "--missing",
        choices=("drop", "empty"),
        default="drop",
        help="a case that lacks a label: leave it out (default), or leave the label empty",
    )
    parser.add_argument(
        "--test-share",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="share of the patients to keep for testing, such as 0.2 (default: 0)",
    )
    add_workers(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Export, and say what is in the set and what is not."""
    from rtstruct.cli.show.conversion import counted
    from rtstruct.export.run import REPORT, Choices, export
    from rtstruct.progress import progress

    out = arguments.out.absolute()
    report = export(
        Home.from_environment(),
        arguments.where,
        out,
        Choices(
            layout=arguments.layout,
            source=arguments.source,
            labels=arguments.labels,
            overlap=arguments.overlap,
            missing=arguments.missing,
            test_share=arguments.test_share,
        ),
        identifiers=identifiers_of(arguments),
        pseudonyms=pseudonyms_of(arguments),
        workers=arguments.workers,
        progress=progress,
    )
    if arguments.json:
        tell_json(asdict(report))
        return 0 if report.is_complete else 1
    tell(f"{counted(report.cases, 'case')}, {report.test_cases} for testing, in {out}")
    tell("Labels: " + ", ".join(f"{n} {name}" for name, n in report.labels.items()))
    for case, lack in sorted(report.dropped.items()):
        say(f"Left out: {case} lacks {lack}")
    selected = "ROI" if arguments.source == "rois" else "segment"
    for noun, what, count in (
        ("case", "with an empty label", len(report.absent)),
        ("case", "where several targets share a label", len(report.united)),
        (selected, "whose label is a guess", sum(report.guessed.values())),
        ("label", "to look at before use", sum(map(len, report.warnings.values()))),
        (
            "mask",
            "whose side, overlaps and volume are judged by the next `rtstruct build`",
            sum(report.not_judged.values()),
        ),
        (selected, "without a label", sum(report.unlabelled.values())),
        (selected, "without a mask", sum(report.not_converted.values())),
    ):
        if count:
            say(f"{counted(count, noun)} {what}: see {out / REPORT}")
    return 0 if report.is_complete else 1


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share of at least 0 and below 1")
    return share
