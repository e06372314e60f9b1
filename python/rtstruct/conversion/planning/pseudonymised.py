"""Worklist rows under pseudonyms: all that is made of them has these, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.pseudonyms import Pseudonyms


def pseudonymised(row: WorklistRow, names: Pseudonyms) -> WorklistRow:
    """The row with pseudonyms for patient, studies and, unless it is IDC's, the collection.

    UIDs of series and instances stay: by them, masks belong to their images.
    """
    own = row.collection_id is not None and row.crdc_series_uuid is None
    return replace(
        row,
        PatientID=names.patient(row.PatientID or ""),
        StudyInstanceUID=row.StudyInstanceUID and names.uid(row.StudyInstanceUID),
        referenced_StudyInstanceUID=row.referenced_StudyInstanceUID
        and names.uid(row.referenced_StudyInstanceUID),
        collection_id=names.collection(row.collection_id or "") if own else row.collection_id,
        # Free text may name anybody.
        rois=tuple(replace(roi, ROIDescription=None) for roi in row.rois),
        named_rois=tuple(replace(roi, ROIDescription=None) for roi in row.named_rois),
    )
