"""Two indexes that IDC publishes and its package lacks, made up for the real series of IDC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from rtstruct.catalog.build import idc_index_folder

if TYPE_CHECKING:
    from pathlib import Path

IDC_INDEX = str(idc_index_folder() / "idc_index.parquet")
RTSTRUCT = "SOPClassUID = '1.2.840.10008.5.1.4.1.1.481.3'"


def write_rtstruct_index(path: Path, series: str = "SeriesInstanceUID") -> None:
    """An index in the shape of IDC's: one ROI in every third structure set, three in the next."""
    duckdb.sql(
        f"""
        with series as (
            select {series} as SeriesInstanceUID, StudyInstanceUID,
                row_number() over (order by SeriesInstanceUID) % 3 as kind
            from '{IDC_INDEX}' where {RTSTRUCT}
        ),
        images as (
            select StudyInstanceUID, min(SeriesInstanceUID) as image
            from '{IDC_INDEX}' where Modality in ('CT', 'MR') group by 1
        )
        select SeriesInstanceUID,
            case kind when 0 then 1 else 4 end::bigint as total_rois,
            case kind when 0 then ['Heart'] else ['Heart', 'Lung_L', 'PTV'] end as ROINames,
            case kind when 0 then ['MANUAL'] else ['AUTOMATIC', 'MANUAL'] end
                as ROIGenerationAlgorithms,
            case kind when 0 then ['ORGAN'] else ['ORGAN', 'PTV'] end as RTROIInterpretedTypes,
            image as referenced_SeriesInstanceUID
        from series left join images using (StudyInstanceUID)
        where kind < 2
        """
    ).write_parquet(str(path))


def write_volume_geometry_index(path: Path) -> None:
    """An index in the shape of IDC's: by turns a regular stack, one with a gap and a tilted one."""
    duckdb.sql(
        f"""
        with series as (
            select SeriesInstanceUID, row_number() over (order by SeriesInstanceUID) % 3 as kind
            from '{IDC_INDEX}' where Modality in ('CT', 'MR')
        )
        select SeriesInstanceUID, true as single_orientation, true as unique_slice_positions,
            kind <> 2 as consistent_in_plane_row, true as consistent_in_plane_col,
            kind <> 1 as uniform_slice_spacing,
            kind = 0 as regularly_spaced_3d_volume,
            case kind when 0 then 2.5 end::double as slice_spacing_mm,
            case kind when 2 then 12.5 else 0 end::double as obliquity_degrees
        from series
        """
    ).write_parquet(str(path))
