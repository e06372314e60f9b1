"""How well the vocabulary reads labelled names: `make vocabulary-score`.

The names are split by a hash: developers look at the `seen` part and only score the held back one.
Recall and precision ask for structure and side together: a missing answer costs recall, a wrong one
both.
"""

from __future__ import annotations

import csv
import hashlib
import signal
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rtstruct.catalog.vocabulary import read_names
from rtstruct.home import Home

LABELS = Path(__file__).resolve().parents[4] / "shared" / "vocabulary" / "labelled_names.csv"


@dataclass(frozen=True)
class Answer:
    """A labelled name and what the vocabulary says."""

    group: dict[str, str]
    wanted: tuple[str, str, str]
    given: tuple[str, str, str]

    @property
    def is_right(self) -> bool:
        return self.wanted[1:] == self.given[1:]


def answers(labels: Path) -> list[Answer]:
    with labels.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    readings = read_names([row["ROIName"] for row in rows], Home.from_environment())
    return [
        Answer(
            group={
                "part": part_of(row["ROIName"]),
                "language": row["language"],
                "kind": row["kind"],
                "rule": reading.facets["match_rule"],
                "confidence": reading.facets["confidence"],
            },
            wanted=(row["roi_class"], row["structure"], row["laterality"]),
            given=tuple(reading.facets[k] or "" for k in ("roi_class", "structure", "laterality")),
        )
        for row, reading in zip(rows, readings, strict=True)
    ]


def part_of(name: str) -> str:
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return "seen" if digest[0] < "c" else "held back"


def scores(answers: list[Answer]) -> dict[str, float]:
    wanted = [answer for answer in answers if answer.wanted[1]]
    given = [answer for answer in answers if answer.given[1]]
    return {
        "names": len(answers),
        "coverage": _share(len(given), len(answers)),
        "recall": _share(sum(answer.is_right for answer in wanted), len(wanted)),
        "precision": _share(sum(answer.is_right for answer in given), len(given)),
        "class": _share(sum(a.wanted[0] == a.given[0] for a in answers), len(answers)),
        "wrong side": sum({a.wanted[2], a.given[2]} == {"L", "R"} for a in answers),
        "side not stated": sum(not a.wanted[2] and bool(a.given[2]) for a in answers),
    }


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")


def main(labels: Path = LABELS) -> int:
    if not labels.is_file():
        print(f"no labelled names at {labels}", file=sys.stderr)
        return 2
    everything = answers(labels)
    groups = defaultdict(list, {("all", "names"): everything})
    for answer in everything:
        for key, value in answer.group.items():
            groups[key, value].append(answer)
    header = list(scores(everything))
    print(f"{'':34}" + "".join(f"{column:>16}" for column in header))
    for (key, value), members in groups.items():
        row = scores(members)
        cells = "".join(
            f"{row[column]:16.1f}" if isinstance(row[column], float) else f"{row[column]:16d}"
            for column in header
        )
        print(f"{key + ' ' + value:34}{cells}")
    return 0


if __name__ == "__main__":
    # As `head` wants it: whoever stops reading ends this quietly.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(*map(Path, sys.argv[1:2])))
