"""What a user should know of a mask: notes ``code: explanation``, in the order they are told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rtstruct.conversion.masks.contour_choice import far_from_named
from rtstruct.conversion.masks.frames import frame_is_unlisted, is_in_frame
from rtstruct.geometry.parts import GAP
from rtstruct.geometry.planimetry import differs, differs_from_stated, is_lost, is_moved

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.contour_choice import Share
    from rtstruct.dicom.structure_set import ROI, Contour, StructureSet
    from rtstruct.geometry.contours import Contours, PlacedContours
    from rtstruct.geometry.coverage import Coverage
    from rtstruct.geometry.drawing import Drawing
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.overlaps import Overlap
    from rtstruct.geometry.spans import Spans

# Slices of which contours lie further away are told.
SHIFT_TOLD = 0.3  # of the slice spacing


def left_out(skipped: Counter[str]) -> Iterator[str]:
    """How many contours of the ROI no slice has, by reason."""
    for reason, count in sorted((+skipped).items()):
        yield f"{reason}: contours left out: {count}"


def notes_on_drawing(
    drawing: Drawing, overlap: Overlap, differing: int, *, filled: bool = False
) -> Iterator[str]:
    """What the contours themselves tell: how they were drawn, and what became of that.

    Parameters
    ----------
    differing
        On how many slices voxels do not fit their contours.
    filled
        Whether slices between contours were filled by interpolation.
    """
    if drawing.copies:
        yield f"copies: contours that repeat another, counted once: {drawing.copies}"
    if drawing.strokes:
        inside = "all that they enclose" if overlap == "union" else "even-odd"
        yield (
            f"overlapping: contours that overlap another in part: {drawing.strokes};"
            f" inside is {inside}"
        )
    if drawing.crossed:
        yield (
            f"overlapping: contours that overlap themselves: {drawing.crossed}; inside is even-odd"
        )
    if drawing.slivers:
        yield f"slivers: contours that enclose nothing: {drawing.slivers}"
    if drawing.bent:
        yield (
            f"bent: contours that are not flat: {drawing.bent}, by up to {drawing.bend_mm:.2g} mm"
        )
    if drawing.tilt_degrees:
        yield (
            f"tilted: planes tilted by {drawing.tilt_degrees:.1f} degrees against the slices and"
            f" {drawing.spacing:.2f} slices apart, cut by them"
        )
    elif drawing.is_cut:
        yield (
            f"off_slices: planes {drawing.spacing:.2f} slices apart; each slice takes the nearest"
        )
    elif drawing.shift > SHIFT_TOLD:
        yield f"off_slices: planes lie {drawing.shift:.2f} slices off the slice they went to"
    if drawing.is_cut and drawing.spacing > GAP:
        yield f"coarse_planes: each contour fills {drawing.spacing:.2f} slices"
    if math.isnan(drawing.spacing) and drawing.volume_mL:
        yield "single_plane: no contour lies above another; each is as thick as its slice"
    if drawing.empty_slices and filled:
        yield (
            f"interpolated: slices filled between contours: {drawing.empty_slices};"
            " the first and the last reach half as far beyond"
        )
    elif drawing.empty_slices:
        every = f"; planes are {drawing.spacing:.3g} slices apart" if drawing.spacing > 1 else ""
        yield f"empty_slices: slices between contours that hold none: {drawing.empty_slices}{every}"
    if is_moved(drawing):
        yield (
            f"moved: contours lie between slices: {drawing.moved_volume_mL:.2g} mL"
            f" of {drawing.volume_mL:.4g} may lie elsewhere"
        )
    if is_lost(drawing) or differs(drawing):
        code = "volume_lost" if is_lost(drawing) else "volume_differs"
        yield (
            f"{code}: the slices hold {drawing.slab_volume_mL:.4g} mL,"
            f" the contours {drawing.volume_mL:.4g} mL"
        )
    if differing:
        yield f"voxels_differ: slices whose voxels do not fit their contours: {differing}"


def notes_on_stored(filled: list[Contour], structure_set: StructureSet) -> Iterator[str]:
    """What is odd in how the contours are stored, as in elements of no more than 65,534 bytes."""
    if count := structure_set.cut_short(filled):
        yield f"points_missing: contours with fewer points than they state: {count}"
    if count := sum(contour.is_offset for contour in filled):
        yield f"contour_offset: contours whose ContourOffsetVector is not applied: {count}"


def note_on_stated_volume(
    roi: ROI, made: Spans | Coverage, grid: ImageGrid, share: Share
) -> Iterator[str]:
    """Whether the mask has another volume than the file says, unless only a part lies here."""
    stated = roi.ROIVolume
    if stated is None or share.elsewhere:
        return
    mask = made.volume(grid)
    if differs_from_stated(mask, made.slice_count, stated):
        yield (
            f"stated_volume_differs: the mask holds {mask:.4g} mL, ROIVolume says {stated:.4g} mL"
        )


def notes_on_image(
    roi: ROI,
    placed: PlacedContours,
    voxel_count: int,
    context: StructureSetContext,
) -> Iterator[str]:
    """What a user should know of the image, and of what was asked for."""
    if context.movement is not None:
        yield context.movement.note
    elif not is_in_frame(roi, context):
        yield "other_frame_of_reference: drawn in another than the image's"
    if placed.clipped:
        yield f"clipped: contours that reach out of the image: {placed.clipped}"
    if voxel_count == 0:
        yield "no_voxel: no voxel centre lies inside"
    if missing := len(context.series.grid.missing_slices):
        yield f"completed_grid: slices without image: {missing}"
    if context.options.coverage:
        yield "coverage: shares of voxels from 0 to 1"
    if context.resampling is not None:
        spacing = " x ".join(f"{size:g}" for size in context.resampling.target.spacing_mm[::-1])
        yield f"resampled: voxels of {spacing} mm"
    if context.masks is not None:
        yield "engine: plastimatch --xor-contours"
    elif context.rule.note is not None:
        yield context.rule.note


def notes_on_stack(
    roi: ROI, types: Counter[str], share: Share, context: StructureSetContext
) -> Iterator[str]:
    """What a user should know of how the contours came to this stack, and of its images."""
    if not share.named and frame_is_unlisted(roi, context):
        yield "frame_of_reference_unlisted: taken for one of those that the structure set lists"
    for code in context.work.doubts:
        yield f"{code}: as the catalog found; see catalog_findings"
    if untyped := types[""]:
        yield f"no_geometric_type: contours taken as closed: {untyped}"
    if share.elsewhere:
        # Each stack of the catalog has a conversion of its own; of others one is chosen.
        is_converted = context.has_stack_number
        code = "on_another_stack" if is_converted else "stack_left_out"
        yield f"{code}: contours of the ROI that lie elsewhere: {share.elsewhere}"
    if share.by_position and context.choice.rivals:
        yield f"stack_by_contour_position: contours: {share.by_position}"
    if lost := context.series.lost:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items()))
        yield f"images_left_out: {reasons}"


def note_on_named_images(
    filled: list[Contour], contours: Contours, of_moving: str, context: StructureSetContext
) -> Iterator[str]:
    """Whether contours lie on other slices than the images that they name."""
    if of_moving:
        yield of_moving
        return
    # Where some cannot be read, which is which is not known.
    is_known = len(filled) == len(contours.counts)
    if is_known and (moved := far_from_named(filled, contours, context.series)):
        yield f"image_position_differs: contours that lie off the image that they name: {moved}"
