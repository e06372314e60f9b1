"""From two SQL conditions to how masks agree: select, read, measure, register."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from rtstruct.catalog.image_instances import image_instances
from rtstruct.catalog.mask_pairs import SAME_STRUCTURE, select_pairs
from rtstruct.conversion.compare.agree import agreement_id, compare_pairs
from rtstruct.progress import silent
from rtstruct.registry.agreements import known_agreements, register_agreements
from rtstruct.registry.connection import create
from rtstruct.registry.runs import registered_run

if TYPE_CHECKING:
    from rtstruct.home import Home
    from rtstruct.progress import Progress
    from rtstruct.pseudonyms import Pseudonyms
    from rtstruct.registry.table import Row

DEFAULT_TOLERANCE_MM = 2.0
_ROWS_AT_ONCE = 50


def compare(
    home: Home,
    where: str,
    *,
    pairing: str = SAME_STRUCTURE,
    tolerance_mm: float = DEFAULT_TOLERANCE_MM,
    pseudonyms: Pseudonyms | None = None,
    progress: Progress = silent,
) -> list[Row]:
    """Compare masks in pairs; returns their rows of ``registry.agreements``, in a fixed order.

    With ``pseudonyms``, rows have these for patients and collections, and no paths.

    What was compared before, with the same content and tolerance, is taken from there.

    Raises
    ------
    UsageError
        No catalog or registry, or a condition that is not one.
    KeyboardInterrupt
        It was stopped; what was compared is registered.
    """
    if home.registry.exists():
        create(home.registry)  # an older one is brought up to date

    def images(series: str) -> list[tuple[str, str | None]]:
        found = image_instances(home.catalog, [series]).get(series, [])
        return [(file.file_path, file.archive_member) for file in found if file.file_path]

    pairs = select_pairs(home, where, pairing)
    identities = [agreement_id(a, b, tolerance_mm, pseudonyms) for a, b in pairs]
    known = known_agreements(home.registry, identities)
    due = [pair for pair, key in zip(pairs, identities, strict=True) if key not in known]
    counts: Counter[str] = Counter(skipped=len(pairs) - len(due))
    # Conditions may name patients.
    conditions = {"where": where, "on": pairing} if pseudonyms is None else {}
    parameters = json.dumps({**conditions, "tolerance_mm": tolerance_mm})
    with (
        registered_run(home.registry, "compare", parameters, lambda: counts) as run_id,
        progress("Comparing masks", len(due)) as advance,
    ):
        waiting: list[Row] = []
        try:
            for row in compare_pairs(due, home.root, tolerance_mm, images, pseudonyms):
                waiting.append(row)
                counts["failed" if row["error_code"] else "done"] += 1
                advance(1)
                if len(waiting) == _ROWS_AT_ONCE:
                    ready, waiting = waiting, []
                    known |= _registered(home, run_id, ready)
        finally:
            known |= _registered(home, run_id, waiting)
    return [known[key] for key in identities]


def _registered(home: Home, run_id: str, rows: list[Row]) -> dict[str, Row]:
    added = register_agreements(home.registry, run_id, rows) if rows else []
    return {row["agreement_id"]: row for row in added}
