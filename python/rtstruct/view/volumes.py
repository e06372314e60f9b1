"""Masks as one small volume for the 3D view: enough to see shapes, quick to load."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

LONGEST = 192
"""Voxels along an axis at most."""


def label_volume(masks: list[NDArray[np.bool_] | None], grid: ImageGrid) -> bytes:
    """A gzipped NIfTI file with label n for the nth mask, 1 and up; small masks over large ones."""
    steps = tuple(max(1, -(-size // LONGEST)) for size in grid.shape)
    some = tuple(slice(step // 2, None, step) for step in steps)
    labels = np.zeros(
        tuple(len(range(*s.indices(n))) for s, n in zip(some, grid.shape, strict=True)), np.uint8
    )
    sizes = {n: int(mask.sum()) for n, mask in enumerate(masks, 1) if mask is not None}
    for number in sorted(sizes, key=lambda n: -sizes[n]):
        mask = masks[number - 1]
        if mask is not None and number <= np.iinfo(np.uint8).max:
            labels[mask[some]] = number
    affine = grid.affine if grid.is_affine else _mean_affine(grid)
    shift = np.array([s.start for s in some[::-1]], dtype=np.float64)
    affine = affine.copy()
    affine[:3, 3] += affine[:3, :3] @ shift
    affine[:3, :3] *= np.array(steps[::-1], dtype=np.float64)
    return gzip.compress(_nifti(labels, affine), 1)


def _mean_affine(grid: ImageGrid) -> NDArray[np.float64]:
    """Of a stack that no affine describes: near enough to see its shapes."""
    affine = np.eye(4)
    affine[:3, 0] = grid.row_direction * grid.spacing_mm[2]
    affine[:3, 1] = grid.column_direction * grid.spacing_mm[1]
    affine[:3, 2] = grid.normal * grid.spacing_mm[0]
    affine[:3, 3] = grid.slice_origins[0]
    return affine


def _nifti(labels: NDArray[np.uint8], affine: NDArray[np.float64]) -> bytes:
    """NIfTI-1 (nifti1.h), 8-bit voxels; axes of the sform are right, anterior, superior."""
    header = np.zeros(352, dtype=np.uint8)

    def put(offset: int, values: object, kind: str) -> None:
        raw = np.asarray(values, dtype=kind).tobytes()
        header[offset : offset + len(raw)] = np.frombuffer(raw, dtype=np.uint8)

    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    put(0, 348, "<i4")
    put(40, [3, *labels.shape[::-1], 1, 1, 1, 1], "<i2")
    put(70, [2, 8], "<i2")
    put(76, [1, *np.linalg.norm(ras[:3, :3], axis=0), 1, 1, 1, 1], "<f4")
    put(108, 352, "<f4")
    put(112, 1, "<f4")
    put(123, 2, "u1")
    put(254, 1, "<i2")
    put(280, ras[:3].reshape(-1), "<f4")
    header[344:348] = np.frombuffer(b"n+1\0", dtype=np.uint8)
    return header.tobytes() + labels.tobytes()
