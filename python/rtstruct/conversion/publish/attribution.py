"""``ATTRIBUTION.md``: whom to name for the masks in a folder, and under which license."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.licenses import UNSTATED, effective
from rtstruct.quoting import for_markdown

if TYPE_CHECKING:
    from pathlib import Path


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
        "These masks are derived from the data below. Of the licenses of a structure set and its",
        "image the stricter one holds. Cite every DOI.",
        "",
        "| collection | masks | structure sets: license, DOI | images: license, DOI | holds |",
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


def _terms(name: str | None, doi: str | None) -> str:
    return f"{_cell(name)}, {f'https://doi.org/{_cell(doi)}' if doi else UNSTATED}"


def _cell(text: str | None) -> str:
    return for_markdown(text or "") or UNSTATED
