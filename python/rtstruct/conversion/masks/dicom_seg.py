"""The masks of a structure set as DICOM segments, with the codes of the vocabulary."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from rtstruct.dicom.parse_errors import DAMAGE
from rtstruct.dicom.source import read_dataset
from rtstruct.dicom.source_frames import source_frames
from rtstruct.dicom.structure_set import RT_STRUCTURE_SET_STORAGE
from rtstruct.errors import RtstructError
from rtstruct.write.masks import write_synced
from rtstruct.write.seg import Origin, Reference, Segment, is_a, segmentation, uid_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.catalog.worklist import SelectedROI
    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.roi import UnwrittenMask
    from rtstruct.dicom.source_frames import SourceFrame
    from rtstruct.write.seg import Code

STRUCTURE_SET_DATE = 0x30060008
STRUCTURE_SET_TIME = 0x30060009
# What 3D Slicer calls a segment as long as nobody has said what it is (CID 7150, CID 7166).
TISSUE = ("85756007", "SCT", "Tissue")
ALGORITHM_TYPES = ("MANUAL", "SEMIAUTOMATIC", "AUTOMATIC")
LONGEST_LABEL = 64
LONGEST_DESCRIPTION = 1024


def write_segments(
    ordered: Sequence[UnwrittenMask], context: StructureSetContext, path: Path
) -> str:
    """Write masks as segments 1, 2, ... in this order; return the SHA-256 of the file.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``invalid_dicom``, ``seg_not_written``.
    """
    rois = {roi.ROINumber: roi for roi in context.work.rois}
    segments = [_segment(each, rois[each.mask.ROINumber], context) for each in ordered]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
            content = segmentation(segments, ordered[0].grid, _origin(context))
    except DAMAGE as error:
        reason = " ".join(str(error).split())
        raise RtstructError(
            "seg_not_written", f"the image headers do not allow a DICOM Segmentation: {reason}"
        ) from error
    return write_synced(path, content)


def _segment(made: UnwrittenMask, roi: SelectedROI, context: StructureSetContext) -> Segment:
    category = _code(roi, "property_category")
    algorithm_type = (roi.ROIGenerationAlgorithm or "").upper()
    side = f" {roi.laterality}" if roi.laterality else ""
    means = f" ({roi.structure}{side})" if roi.structure else ""
    if roi.site:
        means = f" (in {' '.join(filter(None, (roi.site, roi.site_laterality)))})"
    said = f": {roi.ROIDescription}" if roi.ROIDescription else ""
    return Segment(
        label=_text(roi.ROIName, LONGEST_LABEL) or f"ROI {roi.ROINumber}",
        description=_text(f"ROI {roi.ROINumber} {roi.ROIName}{means}{said}", LONGEST_DESCRIPTION),
        category=category or TISSUE,
        property_type=_code(roi, "property_type") or category or TISSUE,
        modifier=_code(roi, "modifier"),
        region=_region(roi, category),
        algorithm_type=algorithm_type if algorithm_type in ALGORITHM_TYPES else "SEMIAUTOMATIC",
        color=_color(roi.ROIDisplayColor),
        tracking_id=f"{context.structure_set.SOPInstanceUID}/{roi.ROINumber}",
        voxels=made.voxels,
    )


def _region(roi: SelectedROI, category: Code | None) -> Code | None:
    """Where a target lies, or of which organ a planning volume is: their own codes do not say."""
    if roi.FMAID and roi.structure and category and category[1] == "DCM":
        return (roi.FMAID, "FMA", roi.structure)
    return _code(roi, "site")


def _code(roi: SelectedROI, kind: str) -> Code | None:
    value, scheme, meaning = (
        getattr(roi, f"{kind}_{part}") for part in ("code", "scheme", "meaning")
    )
    return (value, scheme, meaning) if value and scheme and meaning else None


def _color(text: str | None) -> tuple[int, int, int] | None:
    """Red, green and blue from numbers between commas."""
    if not re.fullmatch(r"\d{1,3},\d{1,3},\d{1,3}", text or ""):
        return None
    red, green, blue = (min(int(part), 255) for part in str(text).split(","))
    return red, green, blue


def _text(text: str, longest: int) -> str:
    # A backslash would part one value into two; names with undecodable bytes hold surrogates.
    clean = "".join(c if c.isprintable() and c != "\\" else "_" for c in text)
    return clean[:longest].strip()


def _origin(context: StructureSetContext) -> Origin:
    from pydicom.valuerep import DA, TM

    files = [(file.path, file.archive_member) for file in context.image_files]
    found = source_frames(files, context.image.SeriesInstanceUID, context.series)
    first = next((frame for frame in found if frame), None)
    if first is None:
        raise RtstructError("seg_not_written", "no image lies on a slice of the series any longer")
    header = read_dataset(first.path, first.archive_member, stop_before_pixels=True)
    way = context.resampling
    slices = range(len(found)) if way is None else way.slices.tolist()
    structure_set = context.structure_set
    said = {
        element.tag: structure_set.data_set.text(element)
        for element in structure_set.data_set
        if element.tag in (STRUCTURE_SET_DATE, STRUCTURE_SET_TIME)
    }
    date, time = said.get(STRUCTURE_SET_DATE, ""), said.get(STRUCTURE_SET_TIME, "")
    if context.pseudonym is not None:
        date = time = ""
    return Origin(
        header=header,
        FrameOfReferenceUID=context.series.FrameOfReferenceUID
        or next(iter(structure_set.frames_of_reference), ""),
        images=tuple(_reference(found[k], header.SOPClassUID) if k >= 0 else None for k in slices),
        keeps_voxels=way is None,
        structure_set=Reference(RT_STRUCTURE_SET_STORAGE, structure_set.SOPInstanceUID),
        pseudonym=context.pseudonym,
        pseudonymous_study=context.image.StudyInstanceUID
        or uid_of("study", context.image.SeriesInstanceUID),
        structure_set_study=context.work.provenance.StudyInstanceUID or "",
        structure_set_series=context.work.provenance.SeriesInstanceUID,
        # A date is required; the clock's would make every file another one.
        date=date if re.fullmatch(r"[0-9]{8}", date) and is_a(DA, date) else "19000101",
        time=time
        if re.fullmatch(r"[0-9]{6}(\.[0-9]{1,6})?", time) and is_a(TM, time)
        else "000000",
    )


def _reference(frame: SourceFrame | None, SOPClassUID: str) -> Reference | None:
    return Reference(SOPClassUID, frame.SOPInstanceUID, frame.number) if frame else None
