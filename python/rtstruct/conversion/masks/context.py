"""What the ROIs of one structure set share: its contours, its image, the rule, the voxels."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from rtstruct.conversion.masks.contour_choice import contour_choice
from rtstruct.dicom.geometric_types import FILLED
from rtstruct.dicom.image_series import read_image_series, read_image_stacks
from rtstruct.dicom.source import read_bytes
from rtstruct.dicom.structure_set import parse_structure_set
from rtstruct.errors import RtstructError
from rtstruct.geometry.boundary import TRACED_SHARE, lattice_share
from rtstruct.geometry.contours import place_each
from rtstruct.geometry.resample import resampling

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rtstruct.conversion.masks.contour_choice import ContourChoice
    from rtstruct.conversion.task import (
        ConversionTask,
        DicomFile,
        Options,
        Provenance,
        StructureSetWork,
    )
    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.dicom.pixels import Voxels
    from rtstruct.dicom.structure_set import ROI, StructureSet
    from rtstruct.geometry.contours import Contours
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.resample import Resampling
    from rtstruct.geometry.spans import Spans

# Contours of each ROI that tell a traced structure set from a drawn one: more cost time only.
SAMPLE = 4


@dataclass(frozen=True)
class Rule:
    """Which voxels on the boundary are inside, and why."""

    is_inclusive: bool
    note: str | None = None


@dataclass(frozen=True, eq=False)
class Movement:
    """Where a registration puts the contours of a ROI."""

    matrix: NDArray[np.float64]
    """(4, 4), from mm of the ROI's frame of reference to mm of the image's."""
    note: str
    """Which registration, and in what direction."""


@dataclass(frozen=True, eq=False)
class StructureSetContext:
    """What the ROIs of one structure set have in common."""

    structure_set: StructureSet
    series: ImageSeries
    image: Provenance
    image_files: tuple[DicomFile, ...]
    work: StructureSetWork
    options: Options
    rule: Rule
    refusal: RtstructError | None
    """Why no mask of this image series can be written truly."""
    resampling: Resampling | None
    """Onto the grid that was asked for instead of the image's own."""
    masks: dict[int, Spans] | None
    """By another engine, by ROINumber, on the image's voxels; None if the masks are ours."""
    choice: ContourChoice
    """Which contours lie on the stack."""
    has_stack_number: bool
    """Whether the catalog tells the stacks of the series, and each is converted by itself."""
    staging: Path
    pseudonym: str | None = None
    """Of the patient, if all that is written goes by pseudonyms."""
    movement: Movement | None = None
    """Of a ROI in another frame of reference; None where contours stay as they are."""

    def points(self, roi: ROI, types: Collection[str]) -> tuple[Contours, int]:
        """As :meth:`StructureSet.points`, in the image's frame of reference."""
        found, unreadable = self.structure_set.points(roi, types)
        if self.movement is None:
            return found, unreadable
        matrix = self.movement.matrix
        return replace(
            found, points_mm=found.points_mm @ matrix[:3, :3].T + matrix[:3, 3]
        ), unreadable

    @cached_property
    def image_voxels(self) -> tuple[Voxels, list[bool]]:
        """Values of the image, (slices, rows, columns), and which slices have an image.

        Raises
        ------
        RtstructError
            ``unreadable_file``, ``invalid_dicom``, ``image_not_decoded``.
        """
        from rtstruct.dicom.pixels import read_voxels
        from rtstruct.dicom.source_frames import source_frames

        files = [(file.path, file.archive_member) for file in self.image_files]
        frames = source_frames(files, self.image.SeriesInstanceUID, self.series)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
            return read_voxels(frames), [frame is not None for frame in frames]


def read_stacks(task: ConversionTask) -> list[ImageSeries]:
    """The stack of a task, or all of its series: where the catalog tells none, or of frames.

    Raises
    ------
    RtstructError
        ``no_images``, ``invalid_geometry``.
    """
    files = [(file.path, file.archive_member) for file in task.image_files]
    of_frames = all(file.stack_number is None for file in task.image_files)
    if task.stack_number is None or of_frames:
        return read_image_stacks(files, task.image.SeriesInstanceUID)
    return [read_image_series(files, task.image.SeriesInstanceUID, is_stack=True)]


def read_context(
    task: ConversionTask, work: StructureSetWork, stacks: Sequence[ImageSeries], staging: Path
) -> StructureSetContext:
    """Read a structure set and settle what all of its ROIs share.

    ``stacks`` are those of the image series: one where the catalog tells which.

    Raises
    ------
    RtstructError
        The file cannot be read, is not the one that was indexed or no structure set, or is too
        much for the other engine.
    """
    data = read_bytes(work.file.path, work.file.archive_member)
    _check_is_indexed(data, work)
    structure_set = parse_structure_set(data, work.file.path)
    series, choice = contour_choice(task, work, structure_set, stacks)
    options = task.options
    resampling, refusal = _choose_grid(options, series.grid)
    masks = None
    if options.engine == "plastimatch" and refusal is None:
        from rtstruct.conversion.masks.plastimatch import plastimatch_masks

        drawn = {roi.ROINumber for roi in work.rois} & structure_set.rois.keys()
        masks = plastimatch_masks(work.file, task.image_files, drawn, series.grid)
    return StructureSetContext(
        structure_set=structure_set,
        series=series,
        image=task.image,
        image_files=task.image_files,
        work=work,
        options=options,
        rule=_choose_rule(options, structure_set, series.grid),
        refusal=refusal,
        resampling=resampling,
        masks=masks,
        choice=choice,
        has_stack_number=task.stack_number is not None,
        staging=staging,
        pseudonym=task.PatientID if task.is_pseudonymised else None,
    )


def _check_is_indexed(data: bytes, work: StructureSetWork) -> None:
    """Refuse a file that is another one than the catalog knows: numbers may have other names now.

    Raises
    ------
    RtstructError
        ``file_changed``.
    """
    if work.instance_hash is None:
        return
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != work.instance_hash:
        raise RtstructError("file_changed", f"{work.file.path} is not the file that was indexed")


def _choose_rule(options: Options, structure_set: StructureSet, grid: ImageGrid) -> Rule:
    """Choose the rule for a whole structure set, whichever of its ROIs are asked for."""
    if options.boundary != "auto":
        inclusive = options.boundary == "inclusive"
        return Rule(inclusive, "boundary_inclusive: as asked" if inclusive else None)
    share = lattice_share(place_each(structure_set.sample(FILLED, SAMPLE), grid))
    if share < TRACED_SHARE:
        return Rule(False)
    return Rule(
        True, f"boundary_inclusive: {share:.1%} of the vertices sampled lie on voxel centres"
    )


def _choose_grid(
    options: Options, grid: ImageGrid
) -> tuple[Resampling | None, RtstructError | None]:
    """Choose the voxels: the image's own or those asked for; and why there can be no masks."""
    if grid.missing_slices and options.missing_slices == "refuse":
        return None, RtstructError(
            "missing_slices",
            f"the image series lacks {len(grid.missing_slices)} slices",
        )
    if options.resample is None:
        # DICOM Segmentation says of every slice where it is.
        return None, None if options.format == "seg" else affine_refusal(grid)
    try:
        return resampling(grid, options.resample), None
    except RtstructError as error:
        return None, error


def affine_refusal(grid: ImageGrid) -> RtstructError | None:
    """Return why masks on this grid would carry a wrong affine; None if they would not."""
    if grid.kind == "irregular":
        return RtstructError("irregular_spacing", "the slices are not evenly spaced")
    if grid.kind == "sheared":
        return RtstructError(
            "sheared_stack", "the slices are shifted against each other (tilted gantry)"
        )
    return None
