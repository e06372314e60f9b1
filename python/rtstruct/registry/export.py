"""What the catalog reads of the registry: files, so that a build never waits for a conversion."""

from __future__ import annotations

import os
from time import time_ns
from typing import TYPE_CHECKING
from zlib import crc32

from rtstruct.atomic_write import draft_file
from rtstruct.quoting import for_sql
from rtstruct.registry.connection import reading

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.home import Home


def export_for_catalog(registry: Path, home: Home) -> None:
    """Write what the catalog reads, a Parquet file each; whole or not at all.

    Each has the time of the registry that it was written from, to the microsecond, and behind it
    what another version would ask: of the same one nothing is written.
    """
    targets = {
        home.registry_rois: _ROIS,
        home.registry_masks: f"with last as ({last_masks()}) {_MASKS}",
        home.registry_mask_overlaps: f"with last as ({last_masks()}) {_OVERLAPS}",
        home.registry_mask_notes: f"with last as ({last_masks()}) {_NOTES}",
    }
    # What comes in while it is written may be in it, but has another time.
    time = _time_of(registry) // 1000 * 1000 + crc32("".join(targets.values()).encode()) % 1000
    if all(target.is_file() and target.stat().st_mtime_ns == time for target in targets):
        return
    with reading(registry) as connection:
        for target, query in targets.items():
            with draft_file(target) as draft:
                connection.execute(f"copy ({query}) to {for_sql(draft)} (format parquet)")
                os.utime(draft, ns=(time, time))


def last_masks(schema: str = "main") -> str:
    """SQL of the masks that the catalog judges, from the registry's tables in ``schema``.

    A ROI may have masks of several formats and parameters: one stands for them, on each stack.
    """
    return f"""
        select masks.*, conversions.structure_set_key,
        from {schema}.masks
        inner join {schema}.conversions using (conversion_id)
        where coalesce(conversions.parameters ->> 'coverage', 'false') != 'true'
        qualify row_number() over (
            partition by
                structure_set_key, masks.referenced_SeriesInstanceUID, masks.stack_number, ROINumber
            order by
                (conversions.parameters ->> 'resample') is not null, registered desc, conversion_id
        ) = 1
    """  # noqa: S608 - a name of ours


def _time_of(registry: Path) -> int:
    """When it was last written, in nanoseconds; now, while what was written is not yet in it."""
    is_whole = not registry.with_name(f"{registry.name}.wal").exists()
    return registry.stat().st_mtime_ns if is_whole else time_ns()


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

_MASKS = """
select
    conversion_id,
    structure_set_key,
    referenced_SeriesInstanceUID,
    stack_number,
    ROINumber,
    ROIName,
    path,
    sha256,
    voxel_count,
    mask_volume_mL,
    centroid_mm[1] as x_mm,
    centroid_mm[2] as y_mm,
    centroid_mm[3] as z_mm,
    component_count,
    largest_component_share,
    hole_count,
    hole_volume_mL,
    touches_side,
from last
order by all
"""

_OVERLAPS = """
select
    conversion_id,
    mask_overlaps.ROINumber,
    mask_overlaps.other_ROINumber,
    mask_overlaps.shared_voxel_count,
from mask_overlaps
inner join last using (conversion_id, ROINumber)
inner join last as other
    on mask_overlaps.conversion_id = other.conversion_id
    and mask_overlaps.other_ROINumber = other.ROINumber
order by all
"""

_NOTES = """
select
    conversion_id,
    ROINumber,
    split_part(note, ': ', 1) as note_code,
    substr(note, length(split_part(note, ': ', 1)) + 3) as detail,
from (select *, unnest(notes) as note from last)
order by all
"""
