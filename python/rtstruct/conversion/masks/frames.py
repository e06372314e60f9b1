"""Frames of reference: whether a ROI is in the image's, and what registration leads there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.conversion.masks.context import Movement, Rule
from rtstruct.conversion.masks.contour_choice import all_by_position
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from rtstruct.catalog.registrations import FrameTie
    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.contour_choice import Share
    from rtstruct.dicom.structure_set import ROI, StructureSet

# Registrations that put no point of a ROI further apart say the same.
AGREEMENT_MM = 0.1


def is_in_frame(roi: ROI, context: StructureSetContext) -> bool:
    """Whether a ROI was drawn in the image's frame of reference."""
    wanted = context.series.FrameOfReferenceUID
    named = _frames_of(roi, context.structure_set)
    if wanted and named:
        return wanted in named
    # Without frames of reference on one of the two sides only a direct reference ties them.
    return context.work.evidence in ("sop", "series")


def frame_is_unlisted(roi: ROI, context: StructureSetContext) -> bool:
    """Whether a ROI states a frame of reference that neither structure set nor image has."""
    own, listed = roi.ReferencedFrameOfReferenceUID, context.structure_set.frames_of_reference
    return bool(own and listed) and own not in (*listed, context.series.FrameOfReferenceUID)


def _frames_of(roi: ROI, structure_set: StructureSet) -> set[str]:
    own = roi.ReferencedFrameOfReferenceUID
    frames = structure_set.frames_of_reference
    if own and own in frames:
        return {own}
    # A frame that the structure set does not list is an error of writing: all its own count then.
    return {*frames, own} if own else {*frames}


def contours_here(roi: ROI, context: StructureSetContext) -> tuple[StructureSetContext, Share]:
    """Which contours of a ROI lie on this stack, and the context that puts them there.

    Raises
    ------
    RtstructError
        ``ambiguous_stack``, and what :func:`check_frame` and :func:`registered` raise.
    """
    tie = tie_of(roi, context)
    if tie is None:
        check_frame(roi, context)
        return context, context.choice.share(roi)
    # What a registration moves names images that are not here.
    return registered(roi, tie, context), all_by_position(roi)


def check_frame(roi: ROI, context: StructureSetContext) -> None:
    """Refuse a ROI that lies in another frame of reference, unless that was said not to matter.

    Raises
    ------
    RtstructError
        ``drawn_elsewhere``, ``frame_of_reference_mismatch``.
    """
    is_here = is_in_frame(roi, context)
    if roi.ReferencedFrameOfReferenceUID in context.work.other_frames and not is_here:
        raise RtstructError(
            "drawn_elsewhere",
            f"ROI {roi.ROINumber} was drawn on another image of the structure set",
        )
    if not (context.options.any_frame_of_reference or is_here):
        raise RtstructError(
            "frame_of_reference_mismatch",
            f"ROI {roi.ROINumber} was drawn in another frame of reference than the image's",
        )


def tie_of(roi: ROI, context: StructureSetContext) -> FrameTie | None:
    """What registrations say of a ROI that lies in another frame; None if it does not, or nothing.

    Nothing, too, where the frame of the ROI is one of several that may be meant.
    """
    if not context.options.registration or is_in_frame(roi, context):
        return None
    named = _frames_of(roi, context.structure_set)
    found = [tie for tie in context.work.ties if tie.FrameOfReferenceUID in named]
    return found[0] if len(named) == 1 and found else None


def registered(roi: ROI, tie: FrameTie, context: StructureSetContext) -> StructureSetContext:
    """The context of a ROI whose contours registrations move into the image's frame of reference.

    Raises
    ------
    RtstructError
        ``registration_not_rigid``, ``registrations_disagree``; ``ambiguous_stack``, where several
        stacks of the image series are only told apart by contours that name images.
    """
    if not tie.registrations:
        raise RtstructError(
            "registration_not_rigid",
            f"{tie.not_rigid} registrations tie its frame of reference to the image's, none by a"
            " rotation and a shift",
        )
    if context.choice.rivals and not context.has_stack_number:
        raise RtstructError(
            "ambiguous_stack", "the image series has several stacks, and contours name none of them"
        )
    kinds = {contour.ContourGeometricType for contour in roi.contours}
    points = context.structure_set.points(roi, kinds)[0].points_mm
    matrices = [np.array(each.matrix).reshape(4, 4) for each in tie.registrations]
    places = [points @ matrix[:3, :3].T + matrix[:3, 3] for matrix in matrices]
    apart = max(
        (float(np.linalg.norm(place - places[0], axis=1).max(initial=0.0)) for place in places),
    )
    if apart > AGREEMENT_MM:
        raise RtstructError(
            "registrations_disagree",
            f"{len(places)} registrations put ROI {roi.ROINumber} up to {apart:.1f} mm apart",
        )
    ways = "; ".join(f"{each.SOPInstanceUID} ({each.direction})" for each in tie.registrations)
    also = f"; not rigid, left out: {tie.not_rigid}" if tie.not_rigid else ""
    # Software that traced a mask did so on the voxels of the other image.
    is_inclusive = context.options.boundary == "inclusive"
    rule = Rule(True, "boundary_inclusive: as asked") if is_inclusive else Rule(False)
    return replace(context, rule=rule, movement=Movement(matrices[0], f"registered: {ways}{also}"))
