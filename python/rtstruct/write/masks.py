"""A mask into a file, whole and on the disk when the call returns."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from rtstruct.write.nifti import nifti_mask

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

SUFFIXES = {"nifti": ".nii.gz", "nrrd": ".nrrd", "mha": ".mha"}


def write_mask(path: Path, mask: Spans, grid: ImageGrid, format: str) -> str:  # noqa: A002
    """Write 1 inside and 0 outside as 8-bit voxels; return the SHA-256 of the file.

    Parameters
    ----------
    grid
        Must have an affine (``grid.is_affine``): these formats know no other geometry.
    format
        A key of ``SUFFIXES``.

    Raises
    ------
    RtstructError
        ``format_limit``.
    OSError
        When the disk is full or the folder cannot be written.
    """
    if format == "nifti":
        content = nifti_mask(mask, grid)
        path.write_bytes(content)
    else:
        _write_by_itk(path, mask, grid)
        content = path.read_bytes()
    _sync(path)
    return sha256(content).hexdigest()


def _write_by_itk(path: Path, mask: Spans, grid: ImageGrid) -> None:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(mask.to_array())
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetOrigin(grid.slice_origins[0].tolist())
    # Rounding leaves directions that ITK accepts as orthogonal only to a few digits.
    axes = (grid.row_direction, grid.column_direction, grid.normal)
    image.SetDirection([float(axis[k]) for k in range(3) for axis in axes])
    SimpleITK.WriteImage(image, str(path), useCompression=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
