"""Which masks a SQL condition pairs: catalog and registry together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.catalog.conditions import as_expression, explained
from rtstruct.catalog.query import connect
from rtstruct.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from rtstruct.home import Home

SAME_STRUCTURE = """
a.resample is not distinct from b.resample
and coalesce(a.stack_number = b.stack_number, true)
and a.roi_class is not distinct from b.roi_class
and a.laterality is not distinct from b.laterality
and a.target_part is not distinct from b.target_part
and a.target_index is not distinct from b.target_index
and coalesce(
    a.structure = b.structure or a.target_type = b.target_type, a.ROIName = b.ROIName
)
and case
    when a.structure_set_key = b.structure_set_key
        then
            a.ROINumber = b.ROINumber
            and a.rule is distinct from b.rule
    else true
end
"""
"""The condition on a pair that holds unless another is given: the same structure, by other hands,
of another version or made in another way."""


@dataclass(frozen=True)
class PairedMask:
    """One side of a pair: what it is, and where its voxels are."""

    conversion_id: str | None
    """None for a segment of a DICOM Segmentation in the catalog."""
    collection_id: str | None
    PatientID: str | None
    SeriesInstanceUID: str
    SOPInstanceUID: str
    referenced_SeriesInstanceUID: str | None
    ROINumber: int
    ROIName: str | None
    structure: str | None
    laterality: str | None
    engine: str
    path: str
    """Absolute, or relative to RTSTRUCT_HOME."""
    archive_member: str | None
    format: str
    layout: str
    label: int | None
    grid: str | None
    sha256: str | None
    voxel_count: int | None
    mask_volume_mL: float | None
    pseudonyms: str | None
    """Fingerprint of the key whose pseudonyms the mask goes by; None for names as they are."""
    crdc_series_uuid: str | None
    """Of its series at IDC, whose collections are public."""


def select_pairs(
    home: Home, where: str, pairing: str = SAME_STRUCTURE
) -> list[tuple[PairedMask, PairedMask]]:
    """Return the pairs of masks on one image series that fulfil two SQL conditions, in fixed order.

    Both conditions see the columns of ``registry.masks``, ``rtstruct_rois`` and
    ``rtstruct_series`` of each mask as ``a.`` and ``b.``; a column alone is that of ``a``. Segments
    of DICOM Segmentations in the catalog are masks too, of the engine ``seg``. Each two
    masks are paired once; ``a`` is of the earlier structure set, or made by rtstruct itself. They
    are parsed as expressions on a read-only connection that reaches no other file.

    Raises
    ------
    UsageError
        No catalog or no registry, or a condition that is not one.
    """
    if not home.registry.is_file():
        raise UsageError(f"there is no registry at {home.registry}", "Run `rtstruct convert` first")
    with connect(home) as connection:
        pairs = _candidates(connection)
        for name, condition in (("--on", pairing), ("--where", where)):
            columns = [name for name in pairs.columns if name not in ("a", "b")]
            with explained(
                name,
                condition,
                of="two masks a and b",
                example="a.structure = 'Lung'",
                columns=columns,
            ):
                pairs = pairs.filter(as_expression(condition, connection))
                pairs.limit(0).fetchall()
        names = PairedMask.__dataclass_fields__
        chosen = pairs.project(
            ", ".join(f"{side}.{name} as {side}_{name}" for side in "ab" for name in names)
            + ", a.place as a_place, b.place as b_place"
        )
        found = chosen.order("a_place, b_place").fetchall()
    count = len(names)
    return [(PairedMask(*row[:count]), PairedMask(*row[count : 2 * count])) for row in found]


def _candidates(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    """Each two masks on one image series: columns of ``a``, and both as ``a`` and ``b``."""
    rois, series, masks = (
        connection.sql(f"from {table} limit 0").columns
        for table in ("rtstruct_rois", "rtstruct_series", "registry.masks")
    )
    known_rois = sorted((set(masks) & set(rois)) | {"structure_set_key"})
    known_series = sorted(set(series) & {*masks, *rois, "structure_set_key"})
    return connection.sql(
        f"""
        with masks as (
            select
                masks.*,
                conversions.structure_set_key,
                conversions.StudyInstanceUID,
                coalesce(conversions.parameters ->> 'engine', 'native') as engine,
                coalesce(conversions.parameters ->> 'boundary', 'auto') as boundary,
                coalesce(conversions.parameters ->> 'layout', 'separate') as layout,
                conversions.parameters ->> 'resample' as resample,
                conversions.parameters ->> 'pseudonyms' as pseudonyms,
                -- what decides which voxels are inside
                json_merge_patch(
                    conversions.parameters,
                    '{{"format": null, "layout": null, "reference": null, "out": null,'
                    ' "statistics": null}}'
                )::varchar as rule,
            from registry.masks as masks
            inner join registry.conversions as conversions using (conversion_id)
            -- shares of voxels are no mask
            where coalesce(conversions.parameters ->> 'coverage', 'false') != 'true'
            -- the same mask in several files is one; a label map may hide parts of it
            qualify row_number() over (
                partition by
                    structure_set_key, masks.referenced_SeriesInstanceUID, masks.stack_number,
                    ROINumber, rule
                order by
                    layout = 'labelmap', layout != 'separate', conversions.registered desc,
                    masks.format, conversion_id
            ) = 1
        ),

        converted as (
            select
                masks.* exclude (StudyInstanceUID),
                rois.* exclude ({", ".join(known_rois)}),
                series.* exclude ({", ".join(known_series)}),
                null::varchar as archive_member,
            from masks
            left join rtstruct_rois as rois
                on masks.structure_set_key = rois.structure_set_key
                and masks.ROINumber = rois.ROINumber
            left join rtstruct_series as series
                on masks.SeriesInstanceUID = series.SeriesInstanceUID
        ),

        segments as (
            select
                * exclude (SegmentNumber, SegmentLabel, file_path),
                SegmentNumber as ROINumber,
                SegmentLabel as ROIName,
                SegmentNumber::integer as label,
                file_path as path,
                'seg' as format,
                'segments' as layout,
                'seg' as engine,
                SOPInstanceUID as structure_set_key,
            from catalog.rtstruct.segments
            where file_path is not null
        ),

        sides as (
            select
                *,
                row_number() over (
                    order by
                        collection_id, PatientID, engine = 'seg', StructureSetDate nulls last,
                        SOPInstanceUID, ROINumber, engine, conversion_id
                ) as place,
            from (from converted union all by name from segments)
        )

        select a.*, a, b
        from sides as a
        inner join sides as b
            on a.referenced_SeriesInstanceUID = b.referenced_SeriesInstanceUID
            and a.place < b.place
        """  # noqa: S608 - names are columns of our own tables
    )
