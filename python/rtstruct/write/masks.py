"""A mask into a file, whole and on the disk when the call returns."""

from __future__ import annotations

import errno
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from rtstruct.errors import RtstructError
from rtstruct.write.nifti import nifti_mask, nifti_planes, nifti_stack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.geometry.coverage import Coverage
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans


def write_mask(path: Path, mask: Spans, grid: ImageGrid, format: str) -> str:  # noqa: A002
    """Write 1 inside and 0 outside as 8-bit voxels; return the SHA-256 of the file.

    Parameters
    ----------
    grid
        Must have an affine (``grid.is_affine``): these formats know no other geometry.
    format
        A key of ``formats.SUFFIXES``; SimpleITK writes those that it knows by their ending.

    Raises
    ------
    RtstructError
        ``format_limit``.
    OSError
        When the disk is full or the folder cannot be written.
    """
    if format == "nifti":
        return write_hashed(path, nifti_mask(mask, grid))
    return _write_by_itk(path, mask.to_array(), grid)


def write_voxels(path: Path, voxels: NDArray[Any], grid: ImageGrid, format: str) -> str:  # noqa: A002
    """Write any voxels, (slices, rows, columns), as ``write_mask`` does a mask."""
    if format == "nifti":
        return write_hashed(path, nifti_planes(voxels, voxels.dtype.name, grid))
    return _write_by_itk(path, voxels, grid)


def write_stack(path: Path, masks: Sequence[Spans], grid: ImageGrid) -> str:
    """Write masks one after the other along a fourth axis (NIfTI), as ``write_mask`` does one."""
    return write_hashed(path, nifti_stack(masks, grid))


def write_coverage(path: Path, coverage: Coverage, grid: ImageGrid, format: str) -> str:  # noqa: A002
    """Write shares of voxels as 32-bit numbers, as ``write_mask`` does a mask."""
    if format == "nifti":
        return write_hashed(path, nifti_planes(coverage.planes(), "float32", grid))
    return _write_by_itk(path, coverage.to_array(), grid)


def write_hashed(path: Path, content: bytes) -> str:
    """Write a file; return its SHA-256. Whoever needs it on the disk syncs it, with others."""
    path.write_bytes(content)
    return sha256(content).hexdigest()


def _write_by_itk(path: Path, voxels: NDArray[Any], grid: ImageGrid) -> str:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(voxels)
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetOrigin(grid.slice_origins[0].tolist())
    # Rounding leaves directions that ITK accepts as orthogonal only to a few digits.
    axes = (grid.row_direction, grid.column_direction, grid.normal)
    image.SetDirection([float(axis[k]) for k in range(3) for axis in axes])
    try:
        SimpleITK.WriteImage(image, str(path), useCompression=True)
    except RuntimeError as error:
        if re.search("alloc|memory", str(error), re.IGNORECASE):
            raise RtstructError(
                "out_of_memory", f"writing {path.name} takes more memory than there is"
            ) from error
        # ITK's own words are long, and do not always tell.
        raise OSError(errno.EIO, "The disk is full or fails", str(path)) from error
    return sha256(path.read_bytes()).hexdigest()
