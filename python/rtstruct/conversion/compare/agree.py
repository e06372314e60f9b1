"""Pairs of registered masks compared, as rows of ``registry.agreements``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rtstruct.conversion.compare.read_mask import check_same_grid, read_mask
from rtstruct.conversion.identity import digest
from rtstruct.errors import RtstructError
from rtstruct.geometry.agreement import DEFINITIONS_VERSION, Agreement, compare_masks
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rtstruct.catalog.mask_pairs import PairedMask
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans
    from rtstruct.registry.table import Row

Pair = tuple["PairedMask", "PairedMask"]

# Runs of a mask are some hundred kilobytes.
_MASKS_AT_HAND = 200
_SIDE = (
    *("conversion_id", "SeriesInstanceUID", "SOPInstanceUID", "ROINumber", "ROIName"),
    *("engine", "path", "sha256"),
)


def agreement_id(a: PairedMask, b: PairedMask, tolerance_mm: float) -> str:
    """Identity of what a comparison depends on: the content of both masks, and what is measured."""
    sides = [f"{m.conversion_id}|{m.ROINumber}|{m.sha256}|{m.label}" for m in (a, b)]
    return digest("|".join([*sides, f"{tolerance_mm:g}", str(DEFINITIONS_VERSION)]))


def compare_pairs(pairs: Sequence[Pair], home: Path, tolerance_mm: float) -> Iterator[Row]:
    """Compare pairs one by one; what cannot be compared gets a row that says why."""

    @lru_cache(maxsize=_MASKS_AT_HAND)
    def read(mask: PairedMask) -> tuple[Spans, ImageGrid] | RtstructError:
        try:
            return read_mask(mask, home)
        except RtstructError as error:
            return error

    for a, b in pairs:
        row: Row = {
            "agreement_id": agreement_id(a, b, tolerance_mm),
            "collection_id": a.collection_id,
            "PatientID": a.PatientID,
            "referenced_SeriesInstanceUID": a.referenced_SeriesInstanceUID,
            "structure": a.structure if a.structure == b.structure else None,
            "laterality": a.laterality if a.laterality == b.laterality else None,
            **{
                f"{side}_{name}": getattr(m, name)
                for side, m in zip("ab", (a, b), strict=True)
                for name in _SIDE
            },
            "a_volume_mL": a.mask_volume_mL,
            "b_volume_mL": b.mask_volume_mL,
        }
        sides = read(a), read(b)
        yield row | measures(sides[0], sides[1], tolerance_mm)


def measures(
    one: tuple[Spans, ImageGrid] | RtstructError,
    other: tuple[Spans, ImageGrid] | RtstructError,
    tolerance_mm: float,
) -> Row:
    """Columns of a row of ``registry.agreements`` that say how two masks agree, or why not."""
    row: Row = {
        "error_code": None,
        "message": None,
        "surface_dice_tolerance_mm": tolerance_mm,
        "definitions_version": DEFINITIONS_VERSION,
        "software_version": __version__,
        **dict.fromkeys(Agreement.__dataclass_fields__),
    }
    try:
        if isinstance(one, RtstructError):
            raise one
        if isinstance(other, RtstructError):
            raise other
        check_same_grid(one[1], other[1])
    except RtstructError as error:
        return row | {"error_code": error.code, "message": str(error)}
    return row | vars(compare_masks(one[0], other[0], one[1], tolerance_mm))
