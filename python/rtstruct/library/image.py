"""The image under a mask, from DICOM or from the file that was written beside the masks."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.conversion.masks.context import read_stacks
from rtstruct.conversion.masks.grid_json import affine_from_json
from rtstruct.dicom.pixels import read_stack_voxels
from rtstruct.errors import RtstructError
from rtstruct.library.volume import Image
from rtstruct.write.nifti_file import read_voxels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rtstruct.conversion.task import ConversionTask, DicomFile
    from rtstruct.dicom.image_series import ImageSeries


def read_voxel_file(path: Path) -> NDArray[Any]:
    """Read (slices, rows, columns) from a file that SimpleITK knows.

    Raises
    ------
    RtstructError
        ``unreadable_file``.
    """
    try:
        return read_voxels(path)
    except RuntimeError as error:
        raise RtstructError(
            "unreadable_file", f"{path} cannot be read", "Convert its structure set again"
        ) from error


def read_image(path: Path, affine: NDArray[np.float64]) -> Image:
    """Return the image that was written on the voxels of masks."""
    return Image(affine=affine, _load=partial(read_voxel_file, path))


def image_on(grid: str, task: ConversionTask) -> Image:
    """Return the images of a task on a mask's voxels, given the registry's JSON of them."""
    return Image(affine=affine_from_json(grid), _load=partial(_from_dicom, grid, task))


def _from_dicom(grid: str, task: ConversionTask) -> NDArray[Any]:
    uid = task.image.SeriesInstanceUID
    size, affine = tuple(json.loads(grid)["size_ijk"]), affine_from_json(grid)
    found = [
        each
        for each in read_stacks(task)
        if each.grid.shape[::-1] == size and np.allclose(each.grid.affine, affine, atol=1e-4)
    ]
    # Two stacks in the same place: nothing here tells which of them the mask belongs to.
    series = found[0] if len(found) == 1 else None
    if series is None:
        raise RtstructError(
            "image_changed",
            f"image series {uid} has no stack, or several, on the slices of the mask",
        )
    return read_series_voxels(task.image_files, uid, series)


def read_series_voxels(
    files: Sequence[DicomFile], SeriesInstanceUID: str, series: ImageSeries
) -> NDArray[Any]:
    """Read (slices, rows, columns) of the images of a stack, in the units of their headers.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``invalid_dicom``, ``image_not_decoded``.
    """
    paths = [(file.path, file.archive_member) for file in files]
    return read_stack_voxels(paths, SeriesInstanceUID, series)
