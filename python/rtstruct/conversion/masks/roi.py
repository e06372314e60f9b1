"""One ROI of a structure set into a mask and points, or a reason why not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.codes import lacks
from rtstruct.conversion.masks.frames import contours_here
from rtstruct.conversion.masks.grid_json import grid_json
from rtstruct.conversion.masks.notes import (
    left_out,
    note_on_named_images,
    note_on_stated_volume,
    notes_on_drawing,
    notes_on_image,
    notes_on_stack,
    notes_on_stored,
)
from rtstruct.conversion.masks.rounded_positions import on_named_images
from rtstruct.conversion.task import NOTHING_TO_CONVERT, Mask, MaskFacts, Point, ROIFailure
from rtstruct.dicom.geometric_types import FILLED, OPEN, POINT
from rtstruct.errors import RtstructError
from rtstruct.geometry.boundary import add_boundary
from rtstruct.geometry.contours import place
from rtstruct.geometry.coverage import cover, whole_voxels
from rtstruct.geometry.image_statistics import image_statistics
from rtstruct.geometry.measure_shape import shape_of
from rtstruct.geometry.planimetry import is_lost, slices_that_differ
from rtstruct.geometry.scanline import rasterise
from rtstruct.geometry.turned import turned_to
from rtstruct.write.file_names import roi_file_name
from rtstruct.write.formats import SUFFIXES
from rtstruct.write.masks import write_coverage, write_mask

if TYPE_CHECKING:
    from rtstruct.catalog.worklist import SelectedROI
    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.contour_choice import Share
    from rtstruct.dicom.structure_set import ROI
    from rtstruct.geometry.contours import Contours, PlacedContours
    from rtstruct.geometry.coverage import Coverage
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.overlaps import Overlap
    from rtstruct.geometry.spans import Spans
    from rtstruct.geometry.turned import Turned

XOR = "CLOSEDPLANAR_XOR"


@dataclass(frozen=True, eq=False)
class UnwrittenMask:
    """A mask that has no file yet."""

    facts: MaskFacts
    voxels: Spans
    grid: ImageGrid
    coverage: Coverage | None = None
    """Of the voxels, to be written in their place; None if it was not asked for."""


@dataclass(frozen=True)
class ROIResult:
    """A mask, points, both, or a failure."""

    mask: Mask | None = None
    unwritten: UnwrittenMask | None = None
    """The mask as long as it waits for the others of its label map."""
    voxels: Spans | None = None
    """Of the mask."""
    points: tuple[Point, ...] = ()
    failure: ROIFailure | None = None
    is_whole: bool = True
    """Whether nothing of the ROI was left out."""


def convert_roi(selected: SelectedROI, context: StructureSetContext) -> ROIResult:
    """Convert one ROI; whatever is wrong with it becomes a failure."""
    try:
        return _convert(selected, context)
    except Exception as error:
        problem = as_problem(f"ROI {selected.ROINumber}", error)
        return failed(selected.ROINumber, selected.ROIName, problem)


def as_problem(what: str, error: Exception) -> RtstructError:
    """What was raised over one item, as the outcome of that item alone: the last net.

    Raises
    ------
    OSError
        It is one: the output folder fails, and would for the next item as well.
    """
    if isinstance(error, RtstructError):
        return error
    if isinstance(error, OSError):
        raise error
    if isinstance(error, MemoryError):
        return RtstructError("out_of_memory", f"{what} takes more memory than there is")
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return RtstructError("conversion_error", f"converting {what} raised {reason}")


def failed(ROINumber: int, ROIName: str, error: RtstructError) -> ROIResult:
    """Return what a ROI is that gave nothing."""
    failure = ROIFailure(ROINumber, ROIName, error.code, error.message)
    return ROIResult(failure=failure, is_whole=error.code in NOTHING_TO_CONVERT)


def _convert(selected: SelectedROI, context: StructureSetContext) -> ROIResult:
    structure_set = context.structure_set
    roi = structure_set.rois.get(selected.ROINumber)
    if roi is None:
        raise RtstructError("roi_absent", f"there is no ROI {selected.ROINumber}")
    if roi.ROINumber in structure_set.repeated:
        raise RtstructError(
            "duplicate_roi_number",
            f"several ROIs, or the contours of several, have the number {roi.ROINumber}:"
            " whose contours are whose is not known",
        )
    if not roi.contours:
        raise RtstructError("empty_roi", f"ROI {roi.ROINumber} has no contours")
    context, share = contours_here(roi, context)
    if not share.contours:
        # Each stack of the catalog has a conversion of its own; of others one is chosen.
        is_lost = not context.has_stack_number and bool(context.choice.rivals)
        raise RtstructError(
            "stack_left_out" if is_lost else "drawn_elsewhere",
            f"the {share.elsewhere} contours of ROI {roi.ROINumber} lie on another stack"
            + (", which is not converted" if is_lost else ""),
        )
    roi = replace(roi, contours=list(share.contours))
    types = Counter(contour.ContourGeometricType for contour in roi.contours)
    is_volume = any(map(structure_set.has_inside, roi.contours))
    # Without an inside, what is called closed is a seed point or two.
    found, bad_points = context.points(roi, POINT if is_volume else (*POINT, *FILLED))
    points = tuple(
        Point(selected.ROINumber, selected.ROIName, *xyz) for xyz in found.points_mm.tolist()
    )
    if not is_volume:
        if points:
            return ROIResult(points=points, is_whole=len(found.counts) == len(roi.contours))
        raise _nothing_closed(roi.ROINumber, types)
    if context.refusal is not None:
        raise context.refusal
    made = _mask(selected, roi, types, share, context)
    is_whole = not (lacks(made.facts.notes) or bad_points)
    if context.options.is_together:
        return ROIResult(unwritten=made, voxels=made.voxels, points=points, is_whole=is_whole)
    return ROIResult(_write(made, context), voxels=made.voxels, points=points, is_whole=is_whole)


def _write(made: UnwrittenMask, context: StructureSetContext) -> Mask:
    facts = made.facts
    prefix = "" if made.coverage is None else "coverage_"
    name = roi_file_name(facts.ROINumber, facts.ROIName, SUFFIXES[facts.format], prefix)
    path = f"{context.work.output_folder}/{name}"
    if made.coverage is None:
        digest = write_mask(context.staging / path, made.voxels, made.grid, facts.format)
    else:
        digest = write_coverage(context.staging / path, made.coverage, made.grid, facts.format)
    return Mask.of(facts, path, digest)


def _mask(
    selected: SelectedROI,
    roi: ROI,
    types: Counter[str],
    share: Share,
    context: StructureSetContext,
) -> UnwrittenMask:
    contours, unreadable = context.points(roi, FILLED)
    filled = [c for c in roi.contours if c.ContourGeometricType in FILLED and c.end > c.start]
    contours, of_moving = on_named_images(filled, contours, context.series)
    own, turn = context, _turn(contours, context)
    if turn is not None:
        context = replace(context, series=replace(context.series, grid=turn.grid))
    image_grid = context.series.grid
    # By the standard CLOSEDPLANAR_XOR says itself how contours are combined (C.8.8.6.3).
    is_exclusive = types.keys() & {*FILLED} == {XOR}
    overlap: Overlap = "even-odd" if is_exclusive else context.options.overlap
    put = partial(place, contours, image_grid, overlap, of_other_image=own.movement is not None)
    placed = put()
    skipped = placed.skipped + Counter(
        unreadable=unreadable,
        open=sum(types[kind] for kind in OPEN),
        unknown_type=sum(types[kind] for kind in types.keys() - {*FILLED, *OPEN, *POINT}),
    )
    if not context.rule.is_inclusive:
        skipped["too_few_points"] = int((placed.counts < 3).sum())
    used = placed.used - skipped["too_few_points"]
    if used == 0:
        raise RtstructError(
            "no_usable_contour",
            f"ROI {roi.ROINumber} has no contour that encloses voxels of this image: "
            + (
                ", ".join(f"{count} {reason}" for reason, count in sorted((+skipped).items()))
                or "they hold no points"
            ),
        )
    voxels, grid = _fill(roi.ROINumber, placed, context)
    differing = _differing_slices(voxels, placed, context)
    if differing or is_lost(placed.drawing):
        # Areas of what crosses itself are only exact if asked for.
        placed = put(exact=True)
        differing = _differing_slices(voxels, placed, context)
    drawing = placed.drawing
    if _is_interpolated(placed, context):
        drawing = replace(drawing, slab_volume_mL=voxels.volume(grid))
    coverage = _cover(placed, voxels, context) if context.options.coverage else None
    if turn is not None:
        voxels, grid, context = turn.back(voxels), own.series.grid, own
    made = voxels if coverage is None else coverage
    if made.voxel_count == 0 and placed.clipped == len(placed.counts):
        raise RtstructError("outside_image", f"ROI {roi.ROINumber} lies outside the image")
    facts = MaskFacts(
        ROINumber=selected.ROINumber,
        ROIName=selected.ROIName,
        format=context.options.format,
        voxel_count=made.voxel_count,
        slice_count=made.slice_count,
        mask_volume_mL=made.volume(grid),
        contour_volume_mL=placed.drawing.volume_mL,
        bounding_box_ijk=made.bounding_box,
        centroid_mm=made.centroid_mm(grid),
        contours_used=used,
        contours_skipped=skipped.total(),
        notes=(
            *left_out(skipped),
            *notes_on_stored(filled, context.structure_set),
            *notes_on_drawing(
                drawing, overlap, differing, filled=_is_interpolated(placed, context)
            ),
            *note_on_stated_volume(roi, made, grid, share),
            *notes_on_image(roi, placed, made.voxel_count, context),
            *notes_on_stack(roi, types, share, context),
            *note_on_named_images(filled, contours, of_moving, context),
        ),
        contours_named=share.named,
        contours_listed=share.listed,
        contours_by_position=share.by_position,
        contours_elsewhere=share.elsewhere,
        grid=grid_json(grid),
        shape=shape_of(voxels, grid),
        statistics=(
            image_statistics(voxels, *context.image_voxels) if context.options.statistics else None
        ),
    )
    return UnwrittenMask(facts, voxels, grid, coverage)


def _fill(
    ROINumber: int, placed: PlacedContours, context: StructureSetContext
) -> tuple[Spans, ImageGrid]:
    grid, way = context.series.grid, context.resampling
    if context.masks is not None:
        made = context.masks.get(ROINumber)
        if made is None:
            raise RtstructError(
                "plastimatch_no_mask", f"plastimatch made no mask of ROI {ROINumber}"
            )
        return (made, grid) if way is None else (way.mask(made), way.target)
    is_interpolated = _is_interpolated(placed, context)
    if way is not None and not (context.rule.is_inclusive or is_interpolated):
        return rasterise(way.contours(placed), way.target.shape), way.target
    own = rasterise(placed, grid.shape)
    if context.rule.is_inclusive:
        # The lines of a traced mask run through its own voxels: it is filled on them.
        own = add_boundary(own, placed)
    if is_interpolated:
        from rtstruct.conversion.masks.interpolation import fill_between

        own = fill_between(own, placed.empty, grid, placed.drawing.spacing)
    return (own, grid) if way is None else (way.mask(own), way.target)


def _turn(contours: Contours, context: StructureSetContext) -> Turned | None:
    """Another view of the image's grid, where a registration made the contours stand on slices."""
    options = context.options
    if context.movement is None or options.resample or options.coverage or options.interpolate:
        return None
    return turned_to(contours, context.series.grid)


def _is_interpolated(placed: PlacedContours, context: StructureSetContext) -> bool:
    return context.options.interpolate and len(placed.empty) > 0


def _differing_slices(voxels: Spans, placed: PlacedContours, context: StructureSetContext) -> int:
    """On how many slices voxels are not those of the contours, where both are ours to compare."""
    is_plain = context.resampling is None and context.masks is None and not placed.clipped
    if context.rule.is_inclusive or not is_plain or _is_interpolated(placed, context):
        return 0
    return slices_that_differ(voxels, placed)


def _cover(placed: PlacedContours, voxels: Spans, context: StructureSetContext) -> Coverage:
    if context.rule.is_inclusive:
        # What was traced were whole voxels.
        return whole_voxels(voxels)
    way = context.resampling
    return cover(placed if way is None else way.contours(placed), voxels.shape)


def _nothing_closed(ROINumber: int, types: Counter[str]) -> RtstructError:
    if any(types[kind] for kind in FILLED):
        return RtstructError(
            "no_usable_contour",
            f"ROI {ROINumber} has no contour that encloses voxels of this image: no points",
        )
    listed = ", ".join(f"{n} {kind or 'without type'}" for kind, n in sorted(types.items()))
    is_open = any(types[kind] for kind in OPEN)
    return RtstructError(
        "open_contours" if is_open else "no_closed_contours",
        f"ROI {ROINumber} has no closed contour ({listed})",
    )
