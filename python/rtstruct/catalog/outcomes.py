"""What the catalog says of each ROI, beside what the registry says became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.catalog.query import connect

if TYPE_CHECKING:
    from rtstruct.home import Home

_OUTCOMES = """
select
    rois.PatientID,
    rois.SOPInstanceUID,
    rois.ROINumber,
    rois.ROIName,
    rois.roi_class,
    rois.structure,
    rois.laterality,
    masks.mask_volume_mL,
    count(points.ROINumber) as point_count,
    failures.error_code,
    failures.message,
from rtstruct_rois as rois
left join registry.masks as masks using (SOPInstanceUID, ROINumber)
left join registry.points as points using (SOPInstanceUID, ROINumber)
left join registry.roi_failures as failures using (SOPInstanceUID, ROINumber)
group by all
order by rois.PatientID, rois.SOPInstanceUID, rois.ROINumber
"""

_COUNTS = """
select
    (select count(*) from rtstruct_series) as rtstruct_series,
    (select count(*) from rtstruct_rois) as rtstruct_rois,
    (select count(*) from roi_name_vocabulary) as roi_name_vocabulary,
    (select count(*) from image_series) as image_series,
    (select count(*) from catalog_findings) as catalog_findings
"""


@dataclass(frozen=True)
class ROIOutcome:
    """One ROI: its name, what the vocabulary makes of it, and its mask, points or failure."""

    PatientID: str
    SOPInstanceUID: str
    ROINumber: int
    ROIName: str | None
    roi_class: str | None
    structure: str | None
    """The TG-263 base name; the kind of target for a target."""
    laterality: str | None
    mask_volume_mL: float | None
    point_count: int
    error_code: str | None
    message: str | None


def roi_outcomes(home: Home) -> tuple[ROIOutcome, ...]:
    """Every ROI of the catalog, by patient, structure set and number; needs a registry."""
    with connect(home) as connection:
        return tuple(ROIOutcome(*row) for row in connection.execute(_OUTCOMES).fetchall())


def mart_counts(home: Home) -> dict[str, int]:
    """Rows of the marts that a user looks at first."""
    with connect(home) as connection:
        cursor = connection.execute(_COUNTS)
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchall()[0], strict=True))
