"""The voxels of an image series in the units that its headers state."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rtstruct.dicom.parse_errors import DAMAGE
from rtstruct.dicom.plain_pixels import plain_pixels
from rtstruct.dicom.source import read_bytes, read_dataset
from rtstruct.dicom.source_frames import source_frames
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray
    from pydicom import Dataset

    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.dicom.source_frames import SourceFrame

    _Whole = TypeVar("_Whole", NDArray[np.int16], NDArray[np.int32])
    Voxels: TypeAlias = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]

# Of a slope or an intercept; what is larger is damage, and no floating point number of 32 bits.
LARGEST = 1e20
# What pydicom looks at before it reads pixels (PS3.3 section C.7.6.3).
_DESCRIPTION = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "NumberOfFrames"),
    *("PixelData", "FloatPixelData", "DoubleFloatPixelData"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
)


def read_voxels(frames: Sequence[SourceFrame | None]) -> Voxels:
    """Read (slices, rows, columns): stored values times RescaleSlope plus RescaleIntercept.

    16-bit or 32-bit integers where all values are, else floating point. A slice without an image
    has the lowest value of all.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``invalid_dicom``, or ``image_not_decoded``: no pixels, or compressed
        in a way that no installed package can read.
    """
    if not any(frames):
        raise RtstructError("image_not_decoded", "the images are not where the masks are")
    opened: tuple[str, Dataset] | None = None
    slices: list[Voxels | None] = []
    for frame in frames:
        if frame is None:
            slices.append(None)
            continue
        if frame.number is None:
            plain = plain_pixels(read_bytes(frame.path, frame.archive_member))
            if plain is not None and max(abs(plain.slope), abs(plain.intercept)) < LARGEST:
                slices.append(_in_units(plain.stored, plain.slope, plain.intercept))
                continue
        name = f"{frame.path}:{frame.archive_member}"
        if opened is None or opened[0] != name:
            opened = name, read_dataset(frame.path, frame.archive_member)
        slices.append(_values(opened[1], frame))
    images = [image for image in slices if image is not None]
    kinds = {image.dtype.name for image in images}
    kind = "float32" if "float32" in kinds else "int32" if "int32" in kinds else "int16"
    low = min(image.min() for image in images)
    volume: Voxels = np.empty((len(slices), *images[0].shape), dtype=kind)
    for k, image in enumerate(slices):
        volume[k] = low if image is None else image
    return volume


def read_stack_voxels(
    files: Sequence[tuple[str, str | None]], SeriesInstanceUID: str, series: ImageSeries
) -> Voxels:
    """Read the voxels of a stack that was read from these files, as ``read_voxels`` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
        return read_voxels(source_frames(files, SeriesInstanceUID, series))


def _values(dataset: Dataset, frame: SourceFrame) -> Voxels:
    """One frame, in the smallest kind of number that holds it."""
    from pydicom.pixels.utils import pixel_array

    index = (frame.number or 1) - 1
    try:
        _check_description(dataset)
        stored = pixel_array(dataset, index=index)
        slope, intercept = _rescaling(dataset, index)
    except DAMAGE as error:
        reason = " ".join(str(error).split())
        raise RtstructError(
            "image_not_decoded",
            f"the pixels of {frame.path} cannot be read: {reason}",
        ) from error
    if stored.ndim != 2:
        raise RtstructError("image_not_decoded", f"{frame.path} is a colour image")
    return _in_units(stored, slope, intercept)


def _in_units(stored: NDArray[Any], slope: float, intercept: float) -> Voxels:
    """Rescaled, in the smallest kind of number that holds them."""
    if np.issubdtype(stored.dtype, np.integer) and slope.is_integer() and intercept.is_integer():
        whole = _whole(stored, int(slope), int(intercept))
        if whole is not None:
            return whole
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def _whole(
    stored: NDArray[np.integer[Any]], slope: int, intercept: int
) -> NDArray[np.int16] | NDArray[np.int32] | None:
    """Integers in the smallest kind that holds all of them; None where that has over 32 bits."""
    ends = [int(end) * slope + intercept for end in (stored.min(), stored.max())]
    if _hold(np.int16, ends):
        return _rescaled(stored.astype(np.int16), slope, intercept)
    if _hold(np.int32, ends):
        return _rescaled(stored.astype(np.int32), slope, intercept)
    return None


def _hold(kind: type[np.signedinteger[Any]], ends: list[int]) -> bool:
    limits = np.iinfo(kind)
    return limits.min <= min(ends) and max(ends) <= limits.max


def _rescaled(values: _Whole, slope: int, intercept: int) -> _Whole:
    """In place, in their own kind of integer: what wraps around on the way comes back."""
    limits = np.iinfo(values.dtype)
    if slope != 1:
        np.multiply(values, _wrapped(slope, limits), out=values)
    if intercept:
        np.add(values, _wrapped(intercept, limits), out=values)
    return values


def _wrapped(number: int, limits: np.iinfo[Any]) -> int:
    """A number in a kind of integer that drops what it cannot hold."""
    return (number - limits.min) % (1 << limits.bits) + limits.min


def _check_description(dataset: Dataset) -> None:
    """Refuse sequences in place of numbers: pydicom would print them, which may never end."""
    from pydicom.sequence import Sequence

    for keyword in _DESCRIPTION:
        if isinstance(dataset.get(keyword), Sequence):
            raise ValueError(f"{keyword} is a sequence")


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
        number = float(found[-1]) if found else default
        if not abs(number) < LARGEST:
            raise ValueError(f"{keyword} is {number}")
        return number

    return last("RescaleSlope", 1.0), last("RescaleIntercept", 0.0)
