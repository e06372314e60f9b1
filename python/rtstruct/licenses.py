"""Licenses travel: a mask is derived from a structure set and an image, and the stricter holds."""

UNSTATED = "not stated"


def effective(structure_set: str | None, image: str | None) -> str | None:
    """The stricter of two licenses, by their short names; None if neither is stated.

    Controlled access is stricter than what forbids derivatives, then commerce, then what demands
    the same license, then what demands a name. A license that is not stated grants nothing.
    """
    if structure_set is None and image is None:
        return None
    return max(structure_set or UNSTATED, image or UNSTATED, key=lambda name: (_rank(name), name))


def allows_commerce(name: str | None) -> bool:
    """Whether a license, by its short name, is known to allow commercial use."""
    return _rank(name or UNSTATED) < _COMMERCE


_COMMERCE = 3


def _rank(name: str) -> int:
    words = name.upper().replace("-", " ").split()
    if words[:1] == ["CC0"] or name.lower() == "public domain":
        return 0
    if words[:2] != ["CC", "BY"]:
        # Controlled access, or words that only a lawyer can rank.
        return 5
    return 4 if "ND" in words else _COMMERCE if "NC" in words else 2 if "SA" in words else 1
