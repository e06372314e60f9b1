"""The voxels of an image series in the units that its headers state."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray
    from pydicom import Dataset

    from rtstruct.dicom.source_frames import SourceFrame

    Voxels: TypeAlias = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]


def read_voxels(frames: Sequence[SourceFrame | None]) -> Voxels:
    """Read (slices, rows, columns): stored values times RescaleSlope plus RescaleIntercept.

    16-bit or 32-bit integers where all values are, else floating point. A slice without an image
    has the lowest value of all.

    Raises
    ------
    RtstructError
        ``unreadable_file``, or ``image_not_decoded``: no pixels, or compressed in a way that no
        installed package can read.
    """
    if not any(frames):
        raise RtstructError("image_not_decoded", "the images are not where the masks are")
    opened: tuple[str, Dataset] | None = None
    slices: list[Voxels | None] = []
    for frame in frames:
        if frame is None:
            slices.append(None)
            continue
        name = f"{frame.path}:{frame.archive_member}"
        if opened is None or opened[0] != name:
            opened = name, _open(frame)
        slices.append(_values(opened[1], frame))
    images = [image for image in slices if image is not None]
    kinds = {image.dtype.name for image in images}
    kind = "float32" if "float32" in kinds else "int32" if "int32" in kinds else "int16"
    low = min(image.min() for image in images)
    volume: Voxels = np.full((len(slices), *images[0].shape), low, dtype=kind)
    for k, image in enumerate(slices):
        if image is not None:
            volume[k] = image
    return volume


def _open(frame: SourceFrame) -> Dataset:
    import pydicom

    return pydicom.dcmread(BytesIO(read_bytes(frame.path, frame.archive_member)), force=True)


def _values(dataset: Dataset, frame: SourceFrame) -> Voxels:
    """One frame, in the smallest kind of number that holds it."""
    from pydicom.pixels.utils import pixel_array

    try:
        stored = pixel_array(dataset, index=(frame.number or 1) - 1)
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise RtstructError(
            "image_not_decoded",
            f"the pixels of {frame.path} cannot be read: {reason}",
            "pip install 'rtstruct[pixels]', or convert without --reference",
        ) from error
    if stored.ndim != 2:
        raise RtstructError(
            "image_not_decoded", f"{frame.path} is a colour image", "Convert without --reference"
        )
    slope, intercept = _rescaling(dataset, (frame.number or 1) - 1)
    is_whole = np.issubdtype(stored.dtype, np.integer)
    if is_whole and slope.is_integer() and intercept.is_integer():
        whole = stored.astype(np.int32) * np.int32(slope) + np.int32(intercept)
        return whole.astype(np.int16) if _fits(whole) else whole
    return (stored * slope + intercept).astype(np.float32)


def _fits(whole: NDArray[np.int32]) -> bool:
    limits = np.iinfo(np.int16)
    return bool(limits.min <= whole.min() and whole.max() <= limits.max)


def _rescaling(dataset: Dataset, index: int) -> tuple[float, float]:
    """Slope and intercept of a frame (PS3.3 sections C.7.6.16.2.9 and C.11.1)."""
    places = [dataset]
    for keyword, item in (
        ("SharedFunctionalGroupsSequence", 0),
        ("PerFrameFunctionalGroupsSequence", index),
    ):
        groups = dataset.get(keyword)
        if groups:
            places += groups[item].get("PixelValueTransformationSequence") or []

    def last(keyword: str, default: float) -> float:
        found = [value for place in places if (value := place.get(keyword)) is not None]
        return float(found[-1]) if found else default

    return last("RescaleSlope", 1.0), last("RescaleIntercept", 0.0)
