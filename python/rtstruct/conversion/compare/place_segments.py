"""Segments of a catalog, each on the voxels of the image stack that it lies on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct.conversion.compare.read_segment import read_segmentation, stack_of_segment
from rtstruct.conversion.task import DicomFile
from rtstruct.dicom.image_series import read_image_stacks
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rtstruct.catalog.image_instances import ImageInstance
    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.geometry.spans import Spans

    Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class PlacedSegment:
    """A segment and the image that it lies on."""

    row: Row
    """Of the mart ``segments``."""
    voxels: Spans
    stack: ImageSeries
    images: tuple[DicomFile, ...]
    """Of the image series."""


def place_segments(
    rows: Sequence[Row], images: Callable[[str], Sequence[ImageInstance]]
) -> Iterator[PlacedSegment | tuple[Row, RtstructError]]:
    """Yield each segment on its image, or why it has no place there.

    Parameters
    ----------
    rows
        Of the mart ``segments``, those of an image series and of a file together.
    images
        Files of an image series, by its SeriesInstanceUID.
    """
    for series, of_series in groupby(rows, lambda row: row["referenced_SeriesInstanceUID"]):
        files = tuple(
            DicomFile(image.SOPInstanceUID, image.file_path, image.archive_member)
            for image in images(series or "")
            if image.file_path
        )
        stacks = _stacks(series, files)
        for (path, member), of_file in groupby(
            of_series, lambda row: (row["file_path"], row["archive_member"])
        ):
            segmentation = None
            for row in of_file:
                try:
                    if isinstance(stacks, RtstructError):
                        raise stacks
                    if path is None:
                        raise RtstructError("segmentation_absent", "its file is not here")
                    segmentation = segmentation or read_segmentation(Path(path), member)
                    stack, voxels = stack_of_segment(segmentation, row["SegmentNumber"], stacks)
                    yield PlacedSegment(row, voxels, stack, files)
                except RtstructError as error:
                    yield row, error


def _stacks(series: str | None, files: Sequence[DicomFile]) -> list[ImageSeries] | RtstructError:
    if not files:
        return RtstructError(
            "image_absent", f"image series {series or 'of the Segmentation'} is not in the index"
        )
    try:
        return read_image_stacks([(file.path, file.archive_member) for file in files], series)
    except RtstructError as error:
        return error
