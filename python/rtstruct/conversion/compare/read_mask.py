"""A registered mask back from its file, checked against what the registry says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.conversion.compare.read_segment import read_segmentation, segment_on_grid
from rtstruct.conversion.masks.grid_json import grid_from_json
from rtstruct.errors import RtstructError
from rtstruct.geometry.spans import from_array
from rtstruct.registry.mask_files import check_unchanged

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from rtstruct.catalog.mask_pairs import PairedMask
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

# Headers of NIfTI hold 32-bit numbers.
POSITION_TOLERANCE_MM = 0.01


def read_mask(mask: PairedMask, home: Path) -> tuple[Spans, ImageGrid]:
    """Return the voxels of a mask, and where they are.

    Raises
    ------
    RtstructError
        ``unknown_grid``, ``mask_unreadable``, ``mask_changed``: the file is not as it was written,
        or ``hidden_by_overlap``: other ROIs hide parts of it in its label map.
    """
    grid = grid_of(mask)
    path = home / mask.path
    if mask.sha256 is not None:
        check_unchanged(path, mask.sha256)
    if mask.format == "seg":
        voxels = segment_on_grid(read_segmentation(path, None), mask.label or 1, grid)
    else:
        voxels = from_array(_read_file(path, mask, grid))
    expected = mask.voxel_count or 0
    if voxels.voxel_count != expected:
        hidden = mask.layout == "labelmap" and voxels.voxel_count < expected
        raise RtstructError(
            "hidden_by_overlap" if hidden else "mask_changed",
            f"{path} holds {voxels.voxel_count} of {expected} voxels of ROI {mask.ROINumber}",
        )
    return voxels, grid


def grid_of(mask: PairedMask) -> ImageGrid:
    """Return the grid that the registry tells of a mask.

    Raises
    ------
    RtstructError
        ``unknown_grid``.
    """
    if mask.grid is None:
        raise RtstructError("unknown_grid", "the registry does not say where voxels are")
    return grid_from_json(mask.grid)


def check_same_grid(one: ImageGrid, other: ImageGrid) -> None:
    """Refuse two grids whose voxels are not the same.

    Raises
    ------
    RtstructError
        ``other_grid``.
    """
    if one.shape != other.shape:
        raise RtstructError("other_grid", f"{_size(one)} voxels are no {_size(other)} voxels")
    apart = np.abs(_corners(one) - _corners(other)).max()
    if apart > POSITION_TOLERANCE_MM:
        raise RtstructError("other_grid", f"voxels lie up to {apart:.2f} mm apart")


def _size(grid: ImageGrid) -> str:
    return " x ".join(map(str, grid.shape[::-1]))


def _corners(grid: ImageGrid) -> NDArray[np.float64]:
    """(4, 3) where the first voxel is, and the last along each axis."""
    last = np.array(grid.shape[::-1]) - 1
    ends: NDArray[np.float64] = np.vstack([np.zeros(3), np.diag(last)])
    return ends @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def _read_file(path: Path, mask: PairedMask, grid: ImageGrid) -> NDArray[np.bool_]:
    import SimpleITK

    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise RtstructError("mask_unreadable", f"{path} cannot be read") from error
    voxels: NDArray[Any] = SimpleITK.GetArrayViewFromImage(image)
    if mask.layout == "4d":
        voxels = voxels[(mask.label or 1) - 1]
    last = [size - 1 for size in grid.shape[::-1]]
    beyond = [0] * (image.GetDimension() - 3)
    ends = [image.TransformIndexToPhysicalPoint([*ijk, *beyond])[:3] for ijk in ([0] * 3, last)]
    expected = grid.affine[:3, :3] @ np.array([[0] * 3, last]).T + grid.affine[:3, 3:]
    if voxels.shape != grid.shape or not np.allclose(
        ends, expected.T, atol=POSITION_TOLERANCE_MM, rtol=0
    ):
        raise RtstructError("mask_changed", f"the voxels of {path} are not those registered")
    inside: NDArray[np.bool_] = voxels == mask.label if mask.layout == "labelmap" else voxels != 0
    return inside
