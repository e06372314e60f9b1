"""The stacks of an image of many frames: which of its frames form one volume.

The catalog parts images by the rule of ``models/staging/dicom_all``; frames are parted here, by the
same rule in Python (:mod:`rtstruct.geometry.stacks`), since a row of the index is a file.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rtstruct.dicom.image_head import NUMBER_OF_FRAMES, head_of
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rtstruct.dicom.elements import DataSet, Element
    from rtstruct.dicom.image_series import FrameStack

SEGMENTATION = "SEG"


def frame_stacks(
    data_set: DataSet, elements: Mapping[int, Element], modality: str | None
) -> list[dict[str, Any]]:
    """One row per stack, in the order of acquisition; none where frames have no places.

    ``elements`` are those of the header that were looked for.
    """
    if modality == SEGMENTATION or NUMBER_OF_FRAMES not in elements:
        return []
    if data_set.text(elements[NUMBER_OF_FRAMES]) in ("", "0", "1"):
        return []
    # Most images have no frames, and this needs NumPy.
    from rtstruct.dicom.image_series import frame_stacks_of

    try:
        head = head_of(data_set)
        found = frame_stacks_of(head) if len(head.frames) > 1 else []
    except RtstructError:
        return []  # the converter tells what is wrong with it
    return [_row(number, stack) for number, stack in enumerate(found, 1)]


def _row(number: int, stack: FrameStack) -> dict[str, Any]:
    grid = stack.series.grid
    positions = sorted(stack.series.heights.values())
    gaps = [after - before for before, after in pairwise(positions)]
    between_slices, between_rows, between_columns = grid.spacing_mm
    return {
        "stack_number": number,
        "separated_by": ",".join(stack.separated_by) or None,
        "frame_count": len(positions),
        "slice_count": grid.shape[0],
        "is_localizer": stack.series.is_localizer,
        "row_spacing_mm": between_rows,
        "column_spacing_mm": between_columns,
        "slice_spacing_mm": between_slices if len(positions) > 1 else None,
        "smallest_gap_mm": float(min(gaps)) if gaps else None,
        "largest_gap_mm": float(max(gaps)) if gaps else None,
        "first_mm": float(positions[0]),
        "last_mm": float(positions[-1]),
        "normal_x": float(grid.normal[0]),
        "normal_y": float(grid.normal[1]),
        "normal_z": float(grid.normal[2]),
        "grid_kind": grid.kind,
    }
