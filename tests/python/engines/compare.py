"""Rows of two engines, side by side."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def differences(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rows that are in one and not in the other, in any order, as often as they occur there.

    Arrays that are null or empty are the same (BigQuery cannot store the difference), and
    floating point numbers are the same if they agree to 12 digits (sums have no order).
    """
    ones, others = Counter(map(_canonical, one)), Counter(map(_canonical, other))
    return [
        *(f"- {row}" for row in sorted((ones - others).elements())),
        *(f"+ {row}" for row in sorted((others - ones).elements())),
    ]


def report(found: Mapping[str, list[str]]) -> str:
    """The first differing rows of each relation, to read."""
    return "\n".join(
        line
        for name, rows in found.items()
        for line in (f"{name}: {len(rows)} rows differ", *rows[:2], *rows[-2:])
    )


def _canonical(row: Mapping[str, Any]) -> str:
    return json.dumps(_plain(dict(row)), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        members = {name: _plain(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(element) for element in value] or None
    if isinstance(value, (float, decimal.Decimal)):
        return float(f"{value:.12g}")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value
