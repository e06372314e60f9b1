"""Licences travel: a mask is derived from a structure set and an image, and the stricter holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rtstruct.catalog.worklist import WorklistRow

UNSTATED = "not stated"


def effective(structure_set: str | None, image: str | None) -> str | None:
    """The stricter of two licences, by their short names; None if neither is stated.

    Controlled access is stricter than what forbids derivatives, then commerce, then what demands
    the same licence, then what demands a name. A licence that is not stated grants nothing.
    """
    if structure_set is None and image is None:
        return None
    return max(structure_set or UNSTATED, image or UNSTATED, key=lambda name: (_rank(name), name))


def allows_commerce(licence: str | None) -> bool:
    """Whether a licence, by its short name, is known to allow commercial use."""
    return _rank(licence or UNSTATED) < _COMMERCE


_COMMERCE = 3


def _rank(name: str) -> int:
    words = name.upper().replace("-", " ").split()
    if words[:1] == ["CC0"] or name.lower() == "public domain":
        return 0
    if words[:2] != ["CC", "BY"]:
        # Controlled access, or words that only a lawyer can rank.
        return 5
    return 4 if "ND" in words else _COMMERCE if "NC" in words else 2 if "SA" in words else 1


def split_by_commerce(
    rows: Iterable[WorklistRow],
) -> tuple[list[WorklistRow], Counter[str]]:
    """Rows whose data may be used commercially, and the others counted by effective licence."""
    kept: list[WorklistRow] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        licence = effective(row.license_short_name, row.image_license_short_name)
        if allows_commerce(licence):
            kept.append(row)
        else:
            left_out[licence or UNSTATED] += 1
    return kept, left_out


def write_attribution(registry: Path, home: Path, out: Path) -> None:
    """Write ``ATTRIBUTION.md`` of all masks in ``out``, if anybody is to be named.

    The same masks give the same bytes.
    """
    from rtstruct.atomic_write import write_whole
    from rtstruct.conversion.identity import stored_path
    from rtstruct.registry.reader import sources

    found = sources(registry, stored_path(home, out))
    if not any(source.has_terms for source in found):
        return
    lines = [
        "# Attribution",
        "",
        "These masks are derived from the data below. Of the licences of a structure set and its",
        "image the stricter one holds. Cite every DOI.",
        "",
        "| collection | masks | structure sets: licence, DOI | images: licence, DOI | holds |",
        "|---|---|---|---|---|",
    ]
    lines += [
        "| "
        + " | ".join(
            (
                _cell(source.collection_id),
                str(source.masks),
                _terms(source.license_short_name, source.source_DOI),
                _terms(source.image_license_short_name, source.image_source_DOI),
                _cell(effective(source.license_short_name, source.image_license_short_name)),
            )
        )
        + " |"
        for source in found
    ]
    path = out / "ATTRIBUTION.md"
    text = "\n".join(lines) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)


def _terms(licence: str | None, doi: str | None) -> str:
    return f"{_cell(licence)}, {f'https://doi.org/{_cell(doi)}' if doi else UNSTATED}"


def _cell(text: str | None) -> str:
    # What a data set calls itself must not become markup.
    safe = "".join(c if c.isprintable() and c not in "|<>[]`\\" else "_" for c in text or "")
    return safe or UNSTATED
