"""The function of its README, told which series the structure set names."""

import pydicom
from dcmrtstruct2nii import dcmrtstruct2nii


def convert(images: str, rt: str, out: str) -> None:
    dcmrtstruct2nii(rt, images, out, convert_original_dicom=False, series_id=_series(rt))


def _series(rt: str) -> str | None:
    structures = pydicom.dcmread(
        rt, force=True, specific_tags=["ReferencedFrameOfReferenceSequence"]
    )
    for frame in structures.get("ReferencedFrameOfReferenceSequence") or []:
        for study in frame.get("RTReferencedStudySequence") or []:
            for series in study.get("RTReferencedSeriesSequence") or []:
                return str(series.SeriesInstanceUID)
    return None
