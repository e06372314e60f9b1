"""Which contours of a ROI lie on the stack that is converted.

A contour belongs to the stack of the image that it names (ContourImageSequence, PS3.3 section
C.8.8.6). One that names none that is there goes with the others of its ROI; else to the stack that
the structure set lists; else its position decides, and only where one stack alone fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.conversion.masks.rounded_positions import heights_of_named
from rtstruct.dicom.image_series import read_image_series
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from rtstruct.conversion.task import ConversionTask, DicomFile, StructureSetWork
    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.dicom.structure_set import ROI, Contour, StructureSet
    from rtstruct.geometry.contours import Contours
    from rtstruct.geometry.grid import ImageGrid

# A contour that is drawn on a slice lies in its plane, but for rounding and bends.
ON_SLICE = 0.05  # of the slice spacing
ON_SLICE_MM = 0.1
# Contours are drawn on nearly all slices between the first and the last.
FULL = 0.8
HALF = 0.5  # of the slice spacing


@dataclass(frozen=True)
class Share:
    """The contours of a ROI on this stack, and why they are; what lies on other stacks."""

    contours: tuple[Contour, ...] = ()
    named: int = 0
    """Contours here that name an image of this stack."""
    listed: int = 0
    """That name none, where the structure set lists images of this stack alone."""
    by_position: int = 0
    """That name none: this stack alone fits, or the series has no other."""
    elsewhere: int = 0
    """Contours of the ROI on other stacks and series."""


@dataclass(frozen=True)
class Rival:
    """Another stack of the series."""

    images: frozenset[str]
    read_grid: Callable[[], ImageGrid]


@dataclass(frozen=True, eq=False)
class ContourChoice:
    """What tells the contours on one stack from those on others."""

    structure_set: StructureSet
    own: frozenset[str]
    """Images of this stack, as contours name them."""
    elsewhere: frozenset[str]
    """Of other stacks, and of other series that the structure set was drawn on."""
    rivals: Mapping[int, Rival]
    """The other stacks of the series."""
    grid: ImageGrid
    evidence: str | None
    """As in the worklist: ``chosen`` if the user did."""

    def share(self, roi: ROI) -> Share:
        """Choose the contours of a ROI that lie on this stack.

        Raises
        ------
        RtstructError
            ``ambiguous_stack``.
        """
        here = [c for c in roi.contours if names(c, self.own)]
        rest = [c for c in roi.contours if not names(c, self.own)]
        there = [c for c in rest if names(c, self.elsewhere)]
        loose = [c for c in rest if not names(c, self.elsewhere)]
        share = Share(tuple(roi.contours), named=len(here), elsewhere=len(there))
        if not there and not self.rivals:
            # The whole ROI, as nearly always.
            return replace(share, by_position=len(loose))
        if not loose:
            return replace(share, contours=tuple(here))
        place, why = self._place_of(loose, bool(here), bool(there))
        if place:
            chosen = {id(contour) for contour in (*here, *loose)}
            ours = tuple(c for c in roi.contours if id(c) in chosen)
            count = {"listed": len(loose)} if why == "list" else {"by_position": len(loose)}
            return replace(share, contours=ours, **count)
        return replace(share, contours=tuple(here), elsewhere=len(there) + len(loose))

    def _place_of(self, loose: list[Contour], here: bool, there: bool) -> tuple[bool, str]:
        """Whether contours that name no image lie on this stack, and why."""
        if self.evidence == "chosen":
            return True, "choice"
        if here != there:
            return here, "others of the ROI"
        if not self.rivals:
            return True, "only stack"
        listed = {
            number
            for number, rival in self.rivals.items()
            if not rival.images.isdisjoint(self.structure_set.listed_images)
        }
        is_listed = not self.own.isdisjoint(self.structure_set.listed_images)
        if is_listed != bool(listed) and (is_listed or len(listed) == 1):
            return is_listed, "list"
        rivals = listed or set(self.rivals)
        points = self._points(loose)
        grids = {0: self.grid, **{k: g for k, g in self._grids.items() if k in rivals}}
        if listed and not is_listed:
            del grids[0]
        fitting = _fitting(points, grids)
        if len(fitting) != 1:
            raise RtstructError(
                "ambiguous_stack",
                f"{len(loose)} of its contours name no image, and {len(fitting) or 'none'} of the"
                f" {len(grids)} stacks of the series fit them",
            )
        return fitting == {0}, "position"

    def _points(self, contours: Sequence[Contour]) -> list[NDArray[np.float64]]:
        kinds = {contour.ContourGeometricType for contour in contours}
        roi = _roi_of(contours)
        read, _ = self.structure_set.points(roi, kinds)
        return np.split(read.points_mm, np.cumsum(read.counts)[:-1])

    @cached_property
    def _grids(self) -> dict[int, ImageGrid]:
        found = {}
        for number, rival in self.rivals.items():
            try:
                found[number] = rival.read_grid()
            except RtstructError:
                continue  # it is no stack to draw on
        return found


def all_by_position(roi: ROI) -> Share:
    """The whole ROI, whatever images its contours name."""
    return Share(tuple(roi.contours), by_position=len(roi.contours))


def names(contour: Contour, images: frozenset[str]) -> bool:
    """Whether a contour names one of the images, or frames of images."""
    # The number of the only frame of an image says nothing.
    return contour.image in images or contour.image.partition("#")[0] in images


def far_from_named(drawn: Sequence[Contour], contours: Contours, series: ImageSeries) -> int:
    """How many contours lie further than half a slice from the image that they name."""
    ends = np.cumsum(contours.counts)
    along = contours.points_mm @ series.grid.normal
    sums = np.diff(np.concatenate([[0.0], np.cumsum(along)])[np.concatenate([[0], ends])])
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.abs(sums / contours.counts - heights_of_named(drawn, series))
        # Rounded to a tenth of a millimetre, half a slice may be a little more.
        return int((distance > HALF * series.grid.spacing_mm[0] + ON_SLICE_MM).sum())


def _roi_of(contours: Iterable[Contour]) -> ROI:
    from rtstruct.dicom.structure_set import ROI

    return ROI(0, contours=list(contours))


def contour_choice(
    task: ConversionTask,
    work: StructureSetWork,
    structure_set: StructureSet,
    stacks: Sequence[ImageSeries],
) -> tuple[ImageSeries, ContourChoice]:
    """The stack that a structure set is converted on, and what lies on it.

    The one of ``stacks`` that the catalog tells; else the one that most contours name, or fit.

    Raises
    ------
    RtstructError
        ``no_images``.
    """
    number = task.stack_number
    if len(stacks) > 1:
        if number is not None and number > len(stacks):
            raise RtstructError("no_images", f"the image series has no stack {number} any more")
        series = stacks[number - 1] if number else _most_drawn_on(structure_set, work, stacks)
        rivals = {
            number: Rival(each.images, partial(getattr, each, "grid"))
            for number, each in enumerate(stacks, 1)
            if each is not series
        }
    else:
        (series,) = stacks
        rivals = {
            number: Rival(
                frozenset(file.SOPInstanceUID for file in files),
                partial(_grid_of, tuple(files), task.image.SeriesInstanceUID),
            )
            for number, files in _by_stack(task.other_stacks).items()
        }
    choice = ContourChoice(
        structure_set=structure_set,
        own=series.images,
        elsewhere=frozenset(work.elsewhere_images).union(
            *(rival.images for rival in rivals.values())
        ),
        rivals=rivals,
        grid=series.grid,
        evidence=work.stack_evidence,
    )
    return series, choice


def _by_stack(files: Iterable[DicomFile]) -> dict[int, list[DicomFile]]:
    grouped: dict[int, list[DicomFile]] = {}
    for file in files:
        grouped.setdefault(file.stack_number or 0, []).append(file)
    return grouped


def _grid_of(files: Sequence[DicomFile], SeriesInstanceUID: str) -> ImageGrid:
    paths = [(file.path, file.archive_member) for file in files]
    return read_image_series(paths, SeriesInstanceUID, is_stack=True).grid


def _most_drawn_on(
    structure_set: StructureSet, work: StructureSetWork, stacks: Sequence[ImageSeries]
) -> ImageSeries:
    rois = [structure_set.rois[r.ROINumber] for r in work.rois if r.ROINumber in structure_set.rois]
    contours = [contour for roi in rois for contour in roi.contours]
    named = [sum(names(contour, each.images) for contour in contours) for each in stacks]
    if any(named):
        return stacks[named.index(max(named))]
    kinds = {contour.ContourGeometricType for contour in contours}
    read, _ = structure_set.points(_roi_of(contours), kinds)
    points = np.split(read.points_mm, np.cumsum(read.counts)[:-1])
    fits = [_fit(points, each.grid) for each in stacks]
    # Of equals the one with most slices; ROIs that fit several are told as ambiguous.
    return max(zip(fits, stacks, strict=True), key=lambda pair: (pair[0], pair[1].grid.shape[0]))[1]


def _fitting(contours: Sequence[NDArray[np.float64]], grids: Mapping[int, ImageGrid]) -> set[int]:
    """The grids that the contours fit best: in the planes of slices, of all slices between."""
    fits = {number: _fit(contours, grid) for number, grid in grids.items()}
    for least in (2, 1, 0):
        found = {number for number, fit in fits.items() if fit > least}
        if found:
            return found
    return set()


def _fit(contours: Sequence[NDArray[np.float64]], grid: ImageGrid) -> int:
    """3: on slices, nearly all between; 2: on slices; 1: parallel, within the stack; 0: not."""
    spacing = grid.spacing_mm[0]
    tolerance = max(ON_SLICE * spacing, ON_SLICE_MM)
    touched = set()
    is_on_slices = True
    for points in contours:
        if not len(points):
            continue
        heights = points @ grid.normal
        middle = (heights.min() + heights.max()) / 2
        k = int(grid.slices_at(np.array([middle]))[0])
        inside = _inside(points, grid)
        if k < 0 or np.ptp(heights) > spacing or not inside:
            return 0
        is_on_slices &= bool(np.abs(heights - grid.slice_positions[k]).max() <= tolerance)
        touched.add(k)
    if not touched:
        return 0
    if not is_on_slices:
        return 1
    return 3 if len(touched) >= FULL * (max(touched) - min(touched) + 1) else 2


def _inside(points: NDArray[np.float64], grid: ImageGrid) -> bool:
    """Whether any point lies within the rows and columns of the grid."""
    from_corner = points - grid.slice_origins[0]
    column = from_corner @ grid.row_direction / grid.spacing_mm[2]
    row = from_corner @ grid.column_direction / grid.spacing_mm[1]
    _, rows, columns = grid.shape
    inside = (column >= -0.5) & (column <= columns - 0.5) & (row >= -0.5) & (row <= rows - 0.5)
    return bool(inside.any())
