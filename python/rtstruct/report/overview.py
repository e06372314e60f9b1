"""The first page: what there is, at one glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.confidence import SURE
from rtstruct.report.questions import Table, ask

if TYPE_CHECKING:
    import duckdb

    from rtstruct.report.pages import Pages

# A cell's tint by the share of the collection's patients that have the structure.
TINTS = (0.02, 0.1, 0.33, 0.66)
STATES = {
    "mask": "masked",
    "points": "points, kept as points",
    "failed": "failed",
    "empty": "nothing to convert",
    "not_convertible": "not convertible",
    "never_tried": "never tried",
}


def write_overview(
    pages: Pages, connection: duckdb.DuckDBPyConnection, states: Table, findings: Table
) -> None:
    """Write ``index.html``."""
    totals = ask(connection, "totals")
    counts = totals.records()[0]
    coverage = ask(connection, "coverage")
    collections = ask(connection, "collections")
    confidence = ask(connection, "confidence")
    review = connection.execute("select count(*) from roi_names_to_review").fetchall()[0][0]
    bar, understood = _bar(confidence)
    pages.write(
        "index.html",
        "index.html.j2",
        title="Overview",
        tiles=(
            (counts["collections"], "collections", None),
            (counts["patients"], "patients", None),
            (counts["series"], "structure sets", None),
            (counts["rois"], "ROIs", None),
            (counts["names"], "distinct names", "names.html"),
            (counts["structures"], "structures", "structures.html"),
            (counts["image_series"], "image series", None),
        ),
        totals=totals,
        classes=ask(connection, "classes"),
        confidence=confidence,
        bar=bar,
        bar_label=", ".join(f"{part['label']}: {part['rois']:,} ROIs" for part in bar),
        understood={"rois": understood},
        review_count=review,
        coverage=coverage,
        matrix=_matrix(coverage, collections),
        collections=collections,
        findings=findings,
        states=states,
        states_summary=_summary(states),
    )


def _bar(confidence: Table) -> tuple[list[dict[str, Any]], float | None]:
    rows = confidence.records()
    total = sum(int(row["rois"]) for row in rows)
    parts, x = [], 0.0
    for row in rows:
        rois, grade = int(row["rois"]), row["confidence"]
        width = 1000 * rois / total if total else 0
        parts.append(
            {
                "css": f"grade-{grade or 'none'}",
                "label": f"confidence {grade}" if grade else "not read",
                "rois": rois,
                "x": round(x, 2),
                "width": round(width, 2),
            }
        )
        x += width
    sure = sum(int(row["rois"]) for row in rows if row["confidence"] in SURE)
    return parts, sure / total if total else None


def _matrix(coverage: Table, collections: Table) -> dict[str, Any]:
    """Structures in rows, those of most patients first; collections in columns."""
    sizes = {row["collection_id"]: row["patient_count"] for row in collections.records()}
    counts: dict[str, dict[str | None, int]] = defaultdict(dict)
    patients: Counter[str] = Counter()
    for structure, collection, count in coverage.rows:
        counts[structure][collection] = count
        patients[structure] += count
    used = [one for one in sizes if any(one in row for row in counts.values())]
    rows = []
    for structure, total in sorted(patients.items(), key=lambda item: (-item[1], item[0])):
        cells = [
            {
                "patients": counts[structure][one],
                "tint": sum(counts[structure][one] >= t * (sizes[one] or 1) for t in TINTS),
            }
            if one in counts[structure]
            else None
            for one in used
        ]
        rows.append({"structure": structure, "cells": cells, "patients": total})
    return {"collections": used, "structures": rows}


def _summary(states: Table) -> Table:
    """What became of ROIs, all collections together."""
    total: Counter[str] = Counter()
    for row in states.records():
        total[row["state"]] += int(row["rois"])
    order = {state: place for place, state in enumerate(STATES)}
    ordered = sorted(total.items(), key=lambda item: order.get(item[0], len(order)))
    return Table(
        "", ("state", "rois"), [(STATES.get(state, state), count) for state, count in ordered]
    )
