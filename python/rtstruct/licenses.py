"""Licenses travel: a mask is derived from a structure set and an image, and the stricter holds.

The catalog reads the same table, ``seeds/licenses.csv``.
"""

import re
from functools import cache
from typing import NamedTuple

from rtstruct.seeds import read_seed

UNSTATED = "not stated"


def effective(structure_set: str | None, image: str | None) -> str | None:
    """The stricter of two licenses, by their short names; None if neither is stated.

    A license that is not stated, or not in the table (controlled access, or words that only a
    lawyer can rank), grants nothing: it is stricter than all others.
    """
    if structure_set is None and image is None:
        return None
    return max(structure_set or UNSTATED, image or UNSTATED, key=lambda name: (_rank(name), name))


def allows_commerce(name: str | None) -> bool:
    """Whether a license, by its short name, is known to allow commercial use."""
    known = _licenses().get(_family(name or UNSTATED))
    return known is not None and known.allows_commerce


class _License(NamedTuple):
    rank: int
    allows_commerce: bool


@cache
def _licenses() -> dict[str, _License]:
    return {
        row["license"]: _License(int(row["rank"]), row["allows_commerce"] == "true")
        for row in read_seed("licenses")
    }


def _rank(name: str) -> int:
    known = _licenses().get(_family(name))
    return known.rank if known else 1 + max(each.rank for each in _licenses().values())


def _family(name: str) -> str:
    """A license without its version: CC BY-NC of ``CC BY-NC 3.0``."""
    return re.sub(r" +[0-9.]+$", "", name.strip()).upper()
