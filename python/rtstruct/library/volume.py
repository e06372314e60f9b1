"""Voxels with their place in the patient, for arrays, SimpleITK and nibabel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from rtstruct.catalog.confidence import GUESSES
from rtstruct.codes import code_of, warnings_among
from rtstruct.errors import RtstructError, install

if TYPE_CHECKING:
    from collections.abc import Callable

    from nibabel.nifti1 import Nifti1Image
    from numpy.typing import NDArray
    from SimpleITK import Image as SimpleITKImage

# From DICOM's axes of the patient to those of NIfTI.
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels of an image or a mask in the patient's coordinate system.

    Attributes
    ----------
    affine
        (4, 4), from the voxel indices (column, row, slice) to mm; DICOM's axes: left, posterior,
        superior. The indices are those of ``array`` in reverse.
    """

    affine: NDArray[np.float64]
    _load: Callable[[], NDArray[Any]]

    @cached_property
    def array(self) -> NDArray[Any]:
        """(slices, rows, columns): bool for a mask; for an image the units of its headers.

        Made or read when it is first asked for, then kept.

        Raises
        ------
        RtstructError
            The file or the pixels cannot be read.
        """
        return self._load()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows, columns."""
        return cast("tuple[int, int, int]", self.array.shape)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Mm between slices, between rows, between columns: the order of ``array``."""
        columns, rows, slices = np.linalg.norm(self.affine[:3, :3], axis=0).tolist()
        return slices, rows, columns

    def to_sitk(self) -> SimpleITKImage:
        """Return a SimpleITK image: the same axes and millimetres, uint8 for a mask."""
        import SimpleITK

        image = SimpleITK.GetImageFromArray(self._numbers())
        spacing = np.linalg.norm(self.affine[:3, :3], axis=0)
        image.SetSpacing(spacing.tolist())
        image.SetOrigin(self.affine[:3, 3].tolist())
        image.SetDirection((self.affine[:3, :3] / spacing).ravel().tolist())
        return image

    def to_nibabel(self) -> Nifti1Image:
        """Return a nibabel image of (columns, rows, slices), axes right, anterior, superior.

        Raises
        ------
        RtstructError
            ``not_installed``: nibabel is an optional package.
        """
        try:
            from nibabel.nifti1 import Nifti1Image
        except ModuleNotFoundError:
            raise RtstructError(
                "not_installed", "nibabel is not installed", install("nibabel")
            ) from None
        return Nifti1Image(self._numbers().transpose(2, 1, 0), _LPS_TO_RAS @ self.affine)

    def _numbers(self) -> NDArray[Any]:
        return self.array.astype(np.uint8) if self.array.dtype == np.bool_ else self.array


class Image(Volume):
    """An image series: the values that its headers state (CT: HU), on its own grid."""


@dataclass(frozen=True, eq=False)
class Mask(Volume):
    """A ROI on the voxels of its image.

    Attributes
    ----------
    ROIName, ROINumber
        As the structure set has them.
    row
        What is known of the mask: a row of the registry, or of what made it in memory. ``notes``
        says what a user should know, ``contour_volume_mL`` is the volume of the contours alone.
    findings
        What the last build found by holding the mask against others (sides, overlaps, volumes), as
        ``code: explanation``; None where no build has judged it.
    """

    ROIName: str
    ROINumber: int
    row: dict[str, Any]
    _load_image: Callable[[], Image]
    findings: tuple[str, ...] | None = None

    @cached_property
    def image(self) -> Image:
        """The image that the ROI was drawn on, on the voxels of the mask."""
        return self._load_image()

    @property
    def volume_mL(self) -> float:
        """Of the voxels of the mask."""
        return float(self.row["mask_volume_mL"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user of the mask should know, as ``code: explanation``."""
        return tuple(self.row["notes"] or ())

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why to look at the mask before using it, as ``code: explanation``.

        Of ``notes`` and ``findings`` those that are no mere information, and guesses at what it is.
        """
        told = dict.fromkeys((*self.notes, *(self.findings or ())))
        asking = warnings_among(map(code_of, told))
        guesses = []
        if self.row.get("structure") is not None and self.row.get("confidence") in GUESSES:
            known = (self.row["structure"], self.row.get("laterality"))
            name = "_".join(part for part in known if part)
            guesses.append(f"guessed: {name} has confidence {self.row['confidence']}")
        return (*(text for text in told if code_of(text) in asking), *guesses)

    def __repr__(self) -> str:
        return f"<Mask {self.ROIName!r} of ROI {self.ROINumber}: {self.volume_mL:.1f} mL>"
