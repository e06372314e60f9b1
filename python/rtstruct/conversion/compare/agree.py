"""Pairs of registered masks compared, as rows of ``registry.agreements``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.conversion.compare.read_mask import check_same_grid, grid_of, read_mask
from rtstruct.conversion.compare.read_segment import (
    read_segmentation,
    segment_on_grid,
    stack_of_segment,
)
from rtstruct.conversion.identity import digest
from rtstruct.dicom.image_series import read_image_stacks
from rtstruct.errors import RtstructError
from rtstruct.geometry.agreement import DEFINITIONS_VERSION, Agreement, compare_masks
from rtstruct.pseudonyms import scrubbed
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rtstruct.catalog.mask_pairs import PairedMask
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans
    from rtstruct.pseudonyms import Pseudonyms
    from rtstruct.registry.table import Row

Pair = tuple["PairedMask", "PairedMask"]
Voxels = tuple["Spans", "ImageGrid"]
Files = Sequence[tuple[str, "str | None"]]
"""Paths of the files of an image series, and their members of zip archives."""

# Runs of a mask are some hundred kilobytes.
_MASKS_AT_HAND = 200
_SIDE = (
    *("conversion_id", "SeriesInstanceUID", "SOPInstanceUID", "ROINumber", "ROIName"),
    *("engine", "path", "sha256"),
)


def agreement_id(
    a: PairedMask, b: PairedMask, tolerance_mm: float, pseudonyms: Pseudonyms | None = None
) -> str:
    """Identity of what a comparison depends on: the content of both masks, and what is measured."""
    key = [] if pseudonyms is None else [pseudonyms.fingerprint]
    sides = [
        f"{m.conversion_id or m.SOPInstanceUID}|{m.ROINumber}|{m.sha256}|{m.label}" for m in (a, b)
    ]
    return digest("|".join([*sides, f"{tolerance_mm:g}", str(DEFINITIONS_VERSION), *key]))


def compare_pairs(
    pairs: Sequence[Pair],
    home: Path,
    tolerance_mm: float,
    images: Callable[[str], Files],
    pseudonyms: Pseudonyms | None = None,
) -> Iterator[Row]:
    """Compare pairs one by one; what cannot be compared gets a row that says why.

    Parameters
    ----------
    images
        Files of an image series by its SeriesInstanceUID: two segments are compared on its voxels.
    """
    masks = lru_cache(maxsize=_MASKS_AT_HAND)(partial(read_mask, home=home))
    segmentations = lru_cache(maxsize=2)(read_segmentation)
    stacks = lru_cache(maxsize=1)(lambda series: read_image_stacks(images(series), series))

    def read(mask: PairedMask, other: PairedMask) -> Voxels:
        if mask.conversion_id is not None:
            return masks(mask)
        # A segment has frames of its own: they must be those of what it is compared with.
        segmentation = segmentations(Path(mask.path), mask.archive_member)
        if other.conversion_id is not None:
            grid = grid_of(other)
            return segment_on_grid(segmentation, mask.ROINumber, grid), grid
        stack, voxels = stack_of_segment(
            segmentation, mask.ROINumber, stacks(mask.referenced_SeriesInstanceUID)
        )
        return voxels, stack.grid

    for a, b in pairs:
        row: Row = {
            "agreement_id": agreement_id(a, b, tolerance_mm, pseudonyms),
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
        }
        try:
            found = measures(read(a, b), read(b, a), tolerance_mm)
        except RtstructError as error:
            found = failed(error, tolerance_mm)
        for side, mask in (("a", a), ("b", b)):
            if mask.mask_volume_mL is not None:
                found[f"{side}_volume_mL"] = mask.mask_volume_mL
        row |= found
        yield row if pseudonyms is None else _pseudonymised(row, a, pseudonyms)


def _pseudonymised(row: Row, mask: PairedMask, names: Pseudonyms) -> Row:
    """The row with pseudonyms for the patient and, unless it is IDC's, the collection.

    Paths go, whose folders may name either: a mask is known by its conversion and its ROI.
    """
    known: Row = {"a_path": None, "b_path": None}
    known["message"] = row["message"] and scrubbed(row["message"])
    if mask.pseudonyms is None:
        known["PatientID"] = names.patient(mask.PatientID or "")
        if mask.collection_id is not None and mask.crdc_series_uuid is None:
            known["collection_id"] = names.collection(mask.collection_id)
    return row | known


def measures(one: Voxels, other: Voxels, tolerance_mm: float) -> Row:
    """Columns of a row of ``registry.agreements`` that say how two masks agree.

    Raises
    ------
    RtstructError
        ``other_grid``.
    """
    check_same_grid(one[1], other[1])
    return {
        **_said(tolerance_mm),
        "error_code": None,
        "message": None,
        "a_volume_mL": one[0].volume(one[1]),
        "b_volume_mL": other[0].volume(other[1]),
        **vars(compare_masks(one[0], other[0], one[1], tolerance_mm)),
    }


def failed(error: RtstructError, tolerance_mm: float) -> Row:
    """The same columns where two masks cannot be compared."""
    nothing = dict.fromkeys(("a_volume_mL", "b_volume_mL", *Agreement.__dataclass_fields__))
    return {
        **_said(tolerance_mm),
        "error_code": error.code,
        "message": error.message,
        **nothing,
    }


def _said(tolerance_mm: float) -> Row:
    return {
        "surface_dice_tolerance_mm": tolerance_mm,
        "definitions_version": DEFINITIONS_VERSION,
        "software_version": __version__,
    }
