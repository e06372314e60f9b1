"""Segments of DICOM Segmentations as masks on the voxels of their images."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.image_instances import image_instances
from rtstruct.catalog.segments import select_segments
from rtstruct.conversion.compare.place_segments import PlacedSegment, place_segments
from rtstruct.library.image import read_series_voxels
from rtstruct.library.volume import Image, Mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from rtstruct.home import Home
    from rtstruct.progress import Progress


def segments_of(
    home: Home, where: str, identifiers: Collection[str] | None, progress: Progress
) -> Iterator[Mask | str]:
    """Yield a mask for each selected segment, or why there is none, ``code: explanation``."""
    rows = select_segments(home, where, identifiers=identifiers)
    images = image_instances(home.catalog, {row["referenced_SeriesInstanceUID"] for row in rows})
    with progress("Reading segments", len(rows)) as advance:
        for placed in place_segments(rows, lambda series: images.get(series, [])):
            if isinstance(placed, PlacedSegment):
                yield _mask(placed)
            else:
                row, error = placed
                yield (
                    f"{error.code}: segment {row['SegmentNumber']} of {row['SOPInstanceUID']}:"
                    f" {error}"
                )
            advance(1)


def _mask(placed: PlacedSegment) -> Mask:
    row, grid = placed.row, placed.stack.grid
    return Mask(
        affine=grid.affine,
        _load=lambda: placed.voxels.to_array().astype(bool),
        ROIName=row["SegmentLabel"] or "",
        ROINumber=row["SegmentNumber"],
        row={**row, "mask_volume_mL": placed.voxels.volume(grid), "notes": None},
        _load_image=lambda: Image(affine=grid.affine, _load=partial(_image, placed)),
    )


def _image(placed: PlacedSegment) -> NDArray[Any]:
    series = str(placed.row["referenced_SeriesInstanceUID"])
    return read_series_voxels(placed.images, series, placed.stack)
