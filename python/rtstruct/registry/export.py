"""What the catalog reads of the registry: a file, so that a build never waits for a conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.atomic_write import draft_of
from rtstruct.registry.connection import reading

if TYPE_CHECKING:
    from pathlib import Path


def export_rois(registry: Path, target: Path) -> None:
    """Write one row per conversion and ROI to the Parquet file ``target``; whole or not at all."""
    draft = draft_of(target)
    with reading(registry) as connection:
        connection.sql(_ROIS).write_parquet(str(draft))
    draft.replace(target)


_ROIS = """
with

rois as (
    select conversion_id, ROINumber, ROIName, 'mask' as state, null as error_code
    from masks
    union all
    -- a ROI with a mask may have points besides
    select distinct conversion_id, ROINumber, ROIName, 'points', null
    from points
    anti join masks using (conversion_id, ROINumber)
    union all
    select conversion_id, ROINumber, ROIName, status, error_code
    from roi_failures
)

select
    conversions.conversion_id,
    conversions.structure_set_key,
    conversions.SOPInstanceUID,
    conversions.referenced_SeriesInstanceUID,
    rois.ROINumber,
    rois.ROIName,
    rois.state,
    rois.error_code::varchar as error_code,
from rois
inner join conversions using (conversion_id)
order by all
"""
