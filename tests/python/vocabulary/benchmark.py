"""How well ROI names are read: `make vocabulary-benchmark`; docs/vocabulary.md says what it means.

Without arguments: our own labels, which travel with the project, and the labelled names of clinics
where they are at hand. With files of your own: the same figures for them. Exit code 1 if a figure
is below its floor.
"""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
from pathlib import Path

from figures import MOMENTS, NAMES, keep, rows_of
from labels import Label, in_sources, read_labels
from leave_out import read_left_out
from score import COUNTS, SHARES, Answer, answers, figures, grouped, intervals

from rtstruct.catalog.vocabulary import read_names
from rtstruct.home import Home

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[3] / "shared" / "vocabulary"
OURS = tuple(
    HERE / name
    for name in (
        "handwritten_names.csv",
        "practice_names.csv",
        "practice_names_2.csv",
        "practice_names_3.csv",
        "practice_names_4.csv",
        "found_names.csv",
        "found_names_2.csv",
    )
)
FILES = (*OURS, SHARED / "labelled_names.csv", SHARED / "clinic_names_2.csv")
# Shares in per cent that may not be undercut, counts that may not be exceeded.
FLOORS = {
    "handwritten_names.csv": {"right": 99.9, "A right": 99.9},
    "practice_names.csv": {"recall": 98.5, "precision": 99, "A right": 99.5, "B right": 99},
    "practice_names_2.csv": {"recall": 98.5, "precision": 99.5, "A right": 99.5, "B right": 99},
    "practice_names_3.csv": {"recall": 99.5, "precision": 99, "A right": 99.5, "B right": 99},
    "practice_names_4.csv": {"recall": 97, "precision": 98.5, "A right": 99.5, "B right": 99},
    "found_names.csv": {
        "recall": 94,
        "precision": 97.5,
        "class": 94.5,
        "A right": 99.5,
        "B right": 99.5,
        "errors listed": 97,
    },
    "found_names_2.csv": {
        "recall": 93,
        "precision": 97,
        "class": 96,
        "A right": 99,
        "B right": 99,
        "errors listed": 90,
    },
    "labelled_names.csv": {
        "recall": 95.5,
        "precision": 97,
        "class": 97.5,
        "A right": 99,
        "B right": 99.5,
        "errors listed": 89,
    },
    "clinic_names_2.csv": {"recall": 99.5, "precision": 98.5, "class": 97.5, "A right": 99.5},
}
CEILINGS = {"wrong side": 0, "listed": 25}
# The names that other files have, the common ones, were left out of these files.
OWN_CEILINGS = {"found_names.csv": {"listed": 29.5}, "found_names_2.csv": {"listed": 29.5}}


def main(
    files: list[Path], *, as_json: bool, errors: Path | None, leave_out: bool, moment: str | None
) -> int:
    results, failures, wrong, kept = {}, [], [], []
    home = Home.from_environment()
    labelled = {file: read_labels(file) for file in files if file.is_file()}
    left_out = read_left_out(_sources(labelled), home) if leave_out else []
    for file in files:
        if not file.is_file():
            print(f"not at hand: {file.name}", file=sys.stderr)
            continue
        labels = labelled[file]
        readings = left_out[: len(labels)] or in_sources(labels, lambda n: read_names(n, home))
        left_out = left_out[len(labels) :]
        scored = answers(labels, readings)
        results[file.name] = {"all names": scored, **grouped(scored)}
        failures += [] if leave_out else _failures(file.name, figures(scored))
        wrong += [(file.name, answer) for answer in scored if not answer.is_right]
        version = max(int(answer.facets["vocabulary_version"]) for answer in scored)
        kept += rows_of(file.name, moment or "", version, scored)
    if moment:
        keep(row for row in kept if row["file"] in NAMES)
    if as_json:
        tables = {
            name: {group: figures(members) for group, members in groups.items()}
            for name, groups in results.items()
        }
        print(json.dumps(tables, indent=1))
    else:
        for name, groups in results.items():
            _print(name, groups)
    if errors:
        _write_errors(errors, wrong)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _sources(labelled: dict[Path, list[Label]]) -> list[tuple[str, str]]:
    """Each name with its source, or with what else parts the names of a file."""
    return [
        (la.ROIName, la.group.get("source") or f"{file.name} {' '.join(la.group.values())}")
        for file, labels in labelled.items()
        for la in labels
    ]


def _failures(name: str, row: dict[str, float]) -> list[str]:
    floors = FLOORS.get(name, {})
    ceilings = CEILINGS | OWN_CEILINGS.get(name, {}) if name in FLOORS else {}
    return [
        *(f"{name}: {k} {row[k]:.1f} < {floor}" for k, floor in floors.items() if row[k] < floor),
        *(f"{name}: {k} {row[k]} > {top}" for k, top in ceilings.items() if row[k] > top),
    ]


def _print(name: str, groups: dict[str, list[Answer]]) -> None:
    columns = (*COUNTS[:1], *SHARES, *COUNTS[1:])
    print(f"{name:44}" + "".join(f"{column:>14}" for column in columns))
    for group, members in groups.items():
        row = figures(members)
        cells = (f"{row[c]:14.1f}" if c in SHARES else f"{row[c]:14d}" for c in columns)
        print(f"{group[:43]:44}" + "".join(cells))
        if group == "all names":
            between = intervals(members)
            cells = (
                f"{'{:.1f}-{:.1f}'.format(*between[c]):>14}" if c in between else 14 * " "
                for c in columns
            )
            print(f"{'95 % interval':44}" + "".join(cells))
    print()


def _write_errors(file: Path, wrong: list[tuple[str, Answer]]) -> None:
    shown = ("roi_class", "structure", "laterality", "match_rule", "confidence", "candidates")
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "source", "ROIName", "wanted", *shown, "conflict", "listed"])
        for name, answer in wrong:
            label = answer.label
            wanted = (label.classes, label.structures, label.sides)
            writer.writerow(
                [
                    *(name, label.group.get("source", ""), label.ROIName),
                    " ".join("/".join(part) for part in wanted),
                    *(answer.facets[facet] for facet in (*shown, "conflict")),
                    answer.is_listed,
                ]
            )


if __name__ == "__main__":
    # As `head` wants it: whoever stops reading ends this quietly.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=FILES)
    parser.add_argument("--json", action="store_true", help="figures for a script")
    parser.add_argument("--errors", type=Path, help="write the names that are read wrong")
    parser.add_argument(
        "--leave-out",
        action="store_true",
        help="read each source without the words that may have been learnt from it",
    )
    parser.add_argument(
        "--keep",
        choices=MOMENTS,
        help="keep the figures as those of this moment, and write the tables of docs/vocabulary.md",
    )
    arguments = parser.parse_args()
    sys.exit(
        main(
            list(arguments.files),
            as_json=arguments.json,
            errors=arguments.errors,
            leave_out=arguments.leave_out,
            moment=arguments.keep,
        )
    )
