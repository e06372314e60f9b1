"""What may be used commercially, of a selection."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rtstruct.licenses import UNSTATED, allows_commerce, effective

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rtstruct.catalog.worklist import WorklistRow


def split_by_commerce(
    rows: Iterable[WorklistRow], *, wanted: bool = True
) -> tuple[list[WorklistRow], Counter[str]]:
    """Rows whose data may be used commercially, and the others counted by effective license.

    All rows if commercial use is not ``wanted``.
    """
    if not wanted:
        return list(rows), Counter()
    kept: list[WorklistRow] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        name = effective(row.license_short_name, row.image_license_short_name)
        if allows_commerce(name):
            kept.append(row)
        else:
            left_out[name or UNSTATED] += 1
    return kept, left_out
