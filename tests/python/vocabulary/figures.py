"""Figures that are kept, and the tables of docs/vocabulary.md that are written from them.

`figures.csv` holds one row per file of labels, moment (before anything was learnt from it, with its
own words left out, after) and group of names. `benchmark.py --keep MOMENT` writes the rows of a
moment and then the tables; nobody types a figure.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from score import COUNTS, SHARES, figures, grouped, intervals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from score import Answer

HERE = Path(__file__).resolve().parent
KEPT = HERE / "figures.csv"
DOCS = HERE.parents[2] / "docs" / "vocabulary.md"
MOMENTS = ("before", "left out", "after")
ALL = "all names"
COLUMNS = (
    *("file", "moment", "version", "group", "names"),
    *(column for share in SHARES for column in (share, f"{share} low", f"{share} high")),
    *COUNTS[1:],
)
NAMES = {
    "clinic_names_2.csv": "clinics, labelled blind",
    "labelled_names.csv": "22 public lists",
    "practice_names.csv": "names made by us in the styles of clinics",
    "practice_names_2.csv": "more names made by us",
    "practice_names_3.csv": "names made by us, hastily written",
    "practice_names_4.csv": "names of other clinics' styles, made by us",
    "found_names.csv": "names found in public code",
    "found_names_2.csv": "more names found in public code",
    "handwritten_names.csv": "names that the rules are tested with",
}
MEANINGS = {
    "before": "before anything was learnt from them",
    "left out": "each source without its own words",
    "after": "now",
}
SHOWN = ("recall", "precision", "class", "A right", "B right", "listed", "errors listed")
COUNTED = ("wrong side", "untold side", "unflagged")


def rows_of(
    file: str, moment: str, version: int, answers: Sequence[Answer]
) -> list[dict[str, str]]:
    """The figures of all names, of each source and of each language."""
    groups = {ALL: answers} | {
        name: members
        for name, members in grouped(answers).items()
        if name.startswith(("source ", "language "))
    }
    rows = []
    for group, members in groups.items():
        row = dict.fromkeys(COLUMNS, "")
        row |= {"file": file, "moment": moment, "version": str(version), "group": group}
        found = figures(members)
        between = intervals(members) if group == ALL else {}
        for column in ("names", *COUNTS[1:]):
            row[column] = str(found[column])
        for share in SHARES:
            low, high = between.get(share, ("", ""))
            row[share] = _text(found[share])
            row[f"{share} low"], row[f"{share} high"] = _text(low), _text(high)
        rows.append(row)
    return rows


def _text(value: float | str) -> str:
    return "" if isinstance(value, str) or math.isnan(value) else f"{value:.1f}"


def read_kept() -> list[dict[str, str]]:
    with KEPT.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def keep(rows: Iterable[Mapping[str, str]]) -> None:
    """Put rows in the place of those of the same file and moment; write the tables."""
    fresh = [dict(row) for row in rows]
    moments = {(row["file"], row["moment"]) for row in fresh}
    others = [row for row in read_kept() if (row["file"], row["moment"]) not in moments]
    order = [*NAMES]
    with KEPT.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(
            sorted(
                [*others, *fresh],
                key=lambda row: (
                    order.index(row["file"]), MOMENTS.index(row["moment"]),
                    row["group"] != ALL, row["group"],
                ),
            )
        )  # fmt: skip
    write_tables()


def tables() -> dict[str, str]:
    """The tables of the docs by the name of their place."""
    kept = read_kept()
    return {"figures": _overview(kept), "groups": _groups(kept)}


def write_tables() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for place, table in tables().items():
        start, end = f"<!-- {place} -->\n", f"<!-- end of {place} -->"
        head, _, rest = text.partition(start)
        _, _, tail = rest.partition(end)
        text = f"{head}{start}{table}\n{end}{tail}"
    DOCS.write_text(text, encoding="utf-8")


def _overview(kept: Sequence[Mapping[str, str]]) -> str:
    lines = [_line(("names", "version", "read", *SHOWN, *COUNTED)), _rule(3 + len(SHOWN + COUNTED))]
    for row in kept:
        if row["group"] == ALL:
            shares = (_between(row, share) for share in SHOWN)
            named = f"{NAMES[row['file']]} ({row['names']})"
            counts = (row[count] for count in COUNTED)
            lines.append(_line((named, row["version"], MEANINGS[row["moment"]], *shares, *counts)))
    return "\n".join(lines)


def _groups(kept: Sequence[Mapping[str, str]]) -> str:
    """Each source or language before and after, where both are kept."""
    shown = SHOWN[:4] + SHOWN[-1:]
    lines = [_line(("file", "source or language", "names", *shown)), _rule(3 + len(shown))]
    by_place = {(row["file"], row["moment"], row["group"]): row for row in kept}
    for (file, moment, group), after in by_place.items():
        before = by_place.get((file, "before", group))
        if moment == "after" and group != ALL and before:
            cells = (f"{before[s] or '-'} → {after[s] or '-'}" for s in shown)
            lines.append(_line((NAMES[file].split(",")[0], group, after["names"], *cells)))
    return "\n".join(lines)


def _between(row: Mapping[str, str], share: str) -> str:
    if not row[share]:
        return "-"
    low, high = row[f"{share} low"], row[f"{share} high"]
    return f"{row[share]} ({low} to {high})" if low and low != high else row[share]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(count: int) -> str:
    return "|" + "---|" * count
