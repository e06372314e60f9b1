"""Pictures of all masks of structure sets that lie on one image series, which is read once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct.conversion.masks.context import read_context, read_stacks
from rtstruct.conversion.masks.frames import contours_here
from rtstruct.dicom.geometric_types import FILLED
from rtstruct.dicom.pixels import read_voxels
from rtstruct.dicom.source_frames import source_frames
from rtstruct.errors import RtstructError
from rtstruct.geometry.contours import place
from rtstruct.report.pictures.mask_files import read_mask
from rtstruct.report.pictures.svg import Subject, picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.task import ConversionTask
    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.geometry.grid import ImageGrid


@dataclass(frozen=True)
class MaskToShow:
    """One mask, and where its picture goes."""

    structure_set_key: str
    ROINumber: int
    path: Path
    label: int | None
    color: tuple[int, int, int]
    picture: Path


@dataclass(frozen=True)
class PictureJob:
    """Masks on one image series, made with the same parameters."""

    task: ConversionTask
    modality: str | None
    masks: tuple[MaskToShow, ...]


@dataclass(frozen=True)
class Problem:
    """Why a mask has no picture."""

    picture: Path
    code: str


class Scene:
    """The image and the contours that masks are drawn on; each is read when first needed."""

    def __init__(self, task: ConversionTask) -> None:
        """Read the headers of the images.

        Raises
        ------
        RtstructError
            The images are not at hand, or no grid.
        """
        # Masks are read from files: nothing has to fill contours again.
        self._task = replace(task, options=replace(task.options, engine="native"))
        self._files = [(file.path, file.archive_member) for file in task.image_files]
        self._stacks = read_stacks(self._task)
        self._contexts: dict[str, StructureSetContext] = {}
        self._images: dict[int, NDArray[Any] | None] = {}

    def context(self, structure_set_key: str) -> StructureSetContext:
        """The contours of one structure set.

        Raises
        ------
        RtstructError
            The file is not at hand, or cannot be read.
        """
        if structure_set_key not in self._contexts:
            work = next(
                one
                for one in self._task.structure_sets
                if one.structure_set_key == structure_set_key
            )
            context = read_context(self._task, work, self._stacks, Path())
            self._contexts[structure_set_key] = context
        return self._contexts[structure_set_key]

    def image_on(self, context: StructureSetContext) -> tuple[NDArray[Any] | None, ImageGrid]:
        """(slices, rows, columns) on the voxels of the masks, and these; None if not decoded."""
        series, way = context.series, context.resampling
        if id(series) not in self._images:
            self._images[id(series)] = self._read(series)
        image = self._images[id(series)]
        if way is not None and image is not None:
            image = way.image(image)
        return image, self.grid_of(context)

    def grid_of(self, context: StructureSetContext) -> ImageGrid:
        """The voxels of the masks of a structure set."""
        way = context.resampling
        return context.series.grid if way is None else way.target

    def _read(self, series: ImageSeries) -> NDArray[Any] | None:
        frames = source_frames(self._files, self._task.image.SeriesInstanceUID, series)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
            try:
                return read_voxels(frames)
            except RtstructError:
                return None


def contours_of(context: StructureSetContext, ROINumber: int) -> PlacedContours | None:
    """The closed contours of a ROI that lie on this stack, on the voxels of its mask.

    None where none do, or not any longer: then the mask is shown without.
    """
    roi = context.structure_set.rois.get(ROINumber)
    if roi is None:
        return None
    try:
        context, share = contours_here(roi, context)
    except RtstructError:
        return None
    here = replace(roi, contours=list(share.contours))
    placed = place(
        context.points(here, FILLED)[0],
        context.series.grid,
        of_other_image=context.movement is not None,
    )
    return placed if context.resampling is None else context.resampling.contours(placed)


def make_pictures(job: PictureJob) -> list[Problem]:
    """Write the pictures that are not there yet; returns what could not be drawn."""
    due = [mask for mask in job.masks if not mask.picture.is_file()]
    if not due:
        return []
    try:
        scene = Scene(job.task)
    except RtstructError as error:
        return [Problem(mask.picture, error.code) for mask in due]
    problems = []
    for mask in due:
        try:
            text = _draw(scene, mask, job)
        except RtstructError as error:
            problems.append(Problem(mask.picture, error.code))
            continue
        mask.picture.parent.mkdir(parents=True, exist_ok=True)
        draft = mask.picture.with_suffix(".new")
        draft.write_text(text, encoding="ascii")
        draft.replace(mask.picture)
    return problems


def _draw(scene: Scene, mask: MaskToShow, job: PictureJob) -> str:
    context = scene.context(mask.structure_set_key)
    image, grid = scene.image_on(context)
    voxels = read_mask(mask.path, mask.label, job.task.options.layout, grid)
    if not voxels.any():
        raise RtstructError("empty_mask", f"{mask.path} has no voxel")
    placed = contours_of(context, mask.ROINumber)
    return picture(Subject(grid, image, job.modality, voxels, placed, mask.color))
