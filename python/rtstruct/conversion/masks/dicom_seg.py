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
from rtstruct.write.masks import write_hashed
from rtstruct.write.seg import Document, Origin, Reference, Segment, segmentation, uid_of
from rtstruct.write.seg_frames import binary_frames, fractional_frames, labelmap_frames
from rtstruct.write.seg_patient import is_a

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.catalog.worklist import SelectedROI
    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.labelled import Labelled
    from rtstruct.conversion.masks.roi import UnwrittenMask
    from rtstruct.dicom.source_frames import SourceFrame
    from rtstruct.write.seg import Code
    from rtstruct.write.seg_frames import Frames

STRUCTURE_SET_DATE = 0x30060008
STRUCTURE_SET_TIME = 0x30060009
# What 3D Slicer calls a segment as long as nobody has said what it is (CID 7150, CID 7166).
TISSUE = ("85756007", "SCT", "Tissue")
ALGORITHM_TYPES = ("MANUAL", "SEMIAUTOMATIC", "AUTOMATIC")
LONGEST_LABEL = 64
LONGEST_DESCRIPTION = 1024


def write_segments(ordered: Sequence[Labelled], path: Path) -> str:
    """Write masks as segments 1, 2, ... in this order; return the SHA-256 of the file.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``invalid_dicom``, ``seg_not_written``.
    """
    segments = [_segment(each.made, each.context) for each in ordered]
    contexts = {each.context.work.structure_set_key: each.context for each in ordered}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom quotes every odd value, the patient's too
            content = segmentation(
                segments, _frames(ordered), ordered[0].made.grid, _origin([*contexts.values()])
            )
    except DAMAGE as error:
        reason = " ".join(str(error).split())
        raise RtstructError(
            "seg_not_written", f"the image headers do not allow a DICOM Segmentation: {reason}"
        ) from error
    return write_hashed(path, content)


def _frames(ordered: Sequence[Labelled]) -> Frames:
    made = [each.made for each in ordered]
    masks = [each.voxels for each in made]
    if ordered[0].context.options.layout == "labelmap":
        return labelmap_frames(masks)
    coverages = [each.coverage for each in made if each.coverage is not None]
    if coverages:
        return fractional_frames(coverages)
    return binary_frames(masks, made[0].grid)


def _segment(made: UnwrittenMask, context: StructureSetContext) -> Segment:
    roi = next(roi for roi in context.work.rois if roi.ROINumber == made.facts.ROINumber)
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


def _origin(contexts: Sequence[StructureSetContext]) -> Origin:
    from pydicom.valuerep import DA, TM

    context = contexts[0]
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
        structure_sets=tuple(
            Document(
                Reference(
                    RT_STRUCTURE_SET_STORAGE,
                    each.structure_set.SOPInstanceUID,
                    SeriesInstanceUID=each.work.provenance.SeriesInstanceUID,
                ),
                each.work.provenance.StudyInstanceUID or "",
            )
            for each in contexts
        ),
        pseudonym=context.pseudonym,
        pseudonymous_study=context.image.StudyInstanceUID
        or uid_of("study", context.image.SeriesInstanceUID),
        # A date is required; the clock's would make every file another one.
        date=date if re.fullmatch(r"[0-9]{8}", date) and is_a(DA, date) else "19000101",
        time=time
        if re.fullmatch(r"[0-9]{6}(\.[0-9]{1,6})?", time) and is_a(TM, time)
        else "000000",
    )


def _reference(frame: SourceFrame | None, SOPClassUID: str) -> Reference | None:
    if frame is None:
        return None
    return Reference(SOPClassUID, frame.SOPInstanceUID, frame.number, frame.SeriesInstanceUID)
