"""Which structure sets and ROIs a SQL condition selects, and on which image series they lie."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rtstruct.duckdb_file import connect
from rtstruct.errors import RtstructError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import duckdb

# A build holds the catalog for seconds to minutes.
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class NamedROI:
    """A selected ROI of which the catalog knows the name only: the file tells its number."""

    ROIName: str
    structure: str | None = None
    laterality: str | None = None
    ROIDescription: str | None = None
    ROIGenerationAlgorithm: str | None = None
    ROIDisplayColor: str | None = None
    property_category_code: str | None = None
    property_category_scheme: str | None = None
    property_category_meaning: str | None = None
    property_type_code: str | None = None
    property_type_scheme: str | None = None
    property_type_meaning: str | None = None
    modifier_code: str | None = None
    modifier_scheme: str | None = None
    modifier_meaning: str | None = None
    site: str | None = None
    site_laterality: str | None = None
    site_code: str | None = None
    site_scheme: str | None = None
    site_meaning: str | None = None
    FMAID: str | None = None


@dataclass(frozen=True)
class SelectedROI(NamedROI):
    """A ROI that the user asked for, with what the catalog knows of it."""

    ROINumber: int = field(kw_only=True)


@dataclass(frozen=True)
class WorklistRow:
    """A selected structure set on one image series: a row of the mart `conversion_worklist`."""

    structure_set_key: str
    """SOPInstanceUID, unless several structure sets share one."""
    collection_id: str | None
    analysis_result_id: str | None
    PatientID: str | None
    StudyInstanceUID: str | None
    SeriesInstanceUID: str
    SOPInstanceUID: str
    """Empty where the source lists series only."""
    instance_hash: str | None
    file_path: str | None
    archive_member: str | None
    crdc_series_uuid: str | None
    aws_bucket: str | None
    series_size_MB: float | None
    license_short_name: str | None
    source_DOI: str | None
    referenced_SeriesInstanceUID: str | None
    referenced_StudyInstanceUID: str | None
    evidence: str | None
    image_Modality: str | None
    image_Rows: int | None
    image_Columns: int | None
    image_instance_count: int | None
    image_crdc_series_uuid: str | None
    image_aws_bucket: str | None
    image_series_size_MB: float | None
    image_license_short_name: str | None
    image_source_DOI: str | None
    is_convertible: bool
    reason_code: str | None
    reason: str | None
    image_header_hash: str | None
    """Of all headers of the image series together; changes when any of them does."""
    rois: tuple[SelectedROI, ...] = ()
    named_rois: tuple[NamedROI, ...] = ()

    @property
    def roi_count(self) -> int:
        """Selected ROIs."""
        return len(self.rois) + len(self.named_rois)


@dataclass(frozen=True)
class ImageInstance:
    """One file of an image series."""

    SeriesInstanceUID: str
    SOPInstanceUID: str
    file_path: str | None
    archive_member: str | None


def select(catalog: Path, where: str) -> list[WorklistRow]:
    """Worklist rows of the ROIs that fulfil the SQL condition ``where``, in a fixed order.

    ``where`` sees the columns of ``rtstruct_rois`` and ``rtstruct_series``. It is parsed as one
    expression and run on a read-only connection that cannot reach files, so that the worst that
    it can do is to be wrong. A structure set without ROIs is selected where the condition holds
    with all columns of ``rtstruct_rois`` null.

    Raises
    ------
    UsageError
        No catalog, or a condition that is not one.
    """
    with _reading(catalog) as connection:
        numbered, named = _selected_rois(connection, where)
        facts = [name for name in WorklistRow.__dataclass_fields__ if not name.endswith("rois")]
        columns = ", ".join(
            "coalesce(work.SOPInstanceUID, '')" if name == "SOPInstanceUID" else f"work.{name}"
            for name in facts
            if name != "image_header_hash"
        )
        keys = [*numbered, *named]
        found = connection.execute(_WORKLIST.format(columns=columns), [keys]).fetchall()
    rows = [WorklistRow(*row) for row in found]
    return [
        replace(
            row,
            rois=tuple(numbered.get(row.structure_set_key, {}).values()),
            named_rois=tuple(named.get(row.structure_set_key, ())),
        )
        for row in rows
        # A ROI without a number in a file that was read has no contours.
        if row.structure_set_key in numbered or row.file_path is None
    ]


def image_instances(catalog: Path, series: Iterable[str]) -> dict[str, list[ImageInstance]]:
    """Files of image series, by SeriesInstanceUID, along the slice normal where it is known."""
    with _reading(catalog) as connection:
        found = connection.execute(
            "select SeriesInstanceUID, SOPInstanceUID, file_path, archive_member"
            " from rtstruct.image_instances where list_contains(?, SeriesInstanceUID)"
            " order by SeriesInstanceUID, position_mm nulls last, SOPInstanceUID",
            [list(series)],
        ).fetchall()
    grouped: dict[str, list[ImageInstance]] = {}
    for row in found:
        grouped.setdefault(row[0], []).append(ImageInstance(*row))
    return grouped


_WORKLIST = """
with

work as (
    select * from rtstruct.conversion_worklist
    where list_contains(?, structure_set_key)
),

headers as (
    select
        SeriesInstanceUID,
        md5(string_agg(
            coalesce(header_hash, SOPInstanceUID), '' order by SOPInstanceUID
        )) as image_header_hash,
    from rtstruct.image_instances
    where SeriesInstanceUID in (select referenced_SeriesInstanceUID from work)
    group by all
)

select {columns}, headers.image_header_hash
from work
left join headers
    on work.referenced_SeriesInstanceUID = headers.SeriesInstanceUID
order by work.structure_set_key, work.referenced_SeriesInstanceUID
"""


def _selected_rois(
    connection: duckdb.DuckDBPyConnection, where: str
) -> tuple[dict[str, dict[int, SelectedROI]], dict[str, list[NamedROI]]]:
    """Selected ROIs by structure set: by ROINumber, and those whose number is not known.

    A structure set without ROIs has none by number.

    A ROINumber that is garbled names no contours, and of one that is repeated the first item
    counts: `catalog_findings` tells of both.
    """
    import duckdb

    rois = _columns(connection, "rtstruct_rois")
    series = _columns(connection, "rtstruct_series")
    shared = sorted((set(rois) & set(series)) | {"structure_set_key"})
    candidates = connection.sql(
        f"""
        select series.*, sets.structure_set_key, rois.* exclude ({", ".join(shared)})
        from (
            select distinct structure_set_key, SeriesInstanceUID from rtstruct.conversion_worklist
        ) as sets
        left join rtstruct.rtstruct_series as series
            on sets.SeriesInstanceUID = series.SeriesInstanceUID
        left join rtstruct.rtstruct_rois as rois
            on sets.structure_set_key = rois.structure_set_key
        """  # noqa: S608 - names are the catalog's own columns
    )
    columns = ", ".join(
        (
            "structure_set_key",
            "roi_position",
            "stated_roi_number",
            *SelectedROI.__dataclass_fields__,
        )
    )
    # A catalog of another version lacks one of them: not the condition's fault.
    candidates.project(columns)
    try:
        chosen = candidates.filter(duckdb.SQLExpression(where)).project(columns)
        found = chosen.order("structure_set_key, roi_position").fetchall()
    except duckdb.IOException:
        # Not the condition's fault: it reaches no file but the catalog.
        raise
    except duckdb.Error as error:
        problem = str(error).partition("\n")[0]
        known = ", ".join(sorted(candidates.columns, key=str.lower))
        raise UsageError(
            f"--where {where!r} is not a condition on the catalog: {problem}",
            f"Text goes in single quotes, as in structure = 'Lung'. Columns: {known}",
        ) from error
    numbered: dict[str, dict[int, SelectedROI]] = {}
    named: dict[str, list[NamedROI]] = {}
    for key, position, stated, name, *facts, number in found:
        if position is None:
            numbered[key] = {}
        elif number is not None:
            roi = SelectedROI(name or "", *facts, ROINumber=number)
            numbered.setdefault(key, {}).setdefault(number, roi)
        elif stated is None:
            named.setdefault(key, []).append(NamedROI(name or "", *facts))
    return numbered, named


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return connection.sql(f"from rtstruct.{table} limit 0").columns


@contextmanager
def _reading(catalog: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    if not catalog.exists():
        raise UsageError(
            f"there is no catalog at {catalog}", "Run `rtstruct index PATH` and `rtstruct build`"
        )
    locked_down = {"enable_external_access": "false", "lock_configuration": "true"}
    with connect(catalog, read_only=True, patience_s=_PATIENCE_S, config=locked_down) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise UsageError(
                f"{catalog} is no catalog of this version: {str(error).partition(chr(10))[0]}",
                "Run `rtstruct build` again",
            ) from error
        except duckdb.IOException as error:
            raise RtstructError(
                "database_unreadable",
                f"{catalog} is damaged: {str(error).partition(chr(10))[0]}",
            ) from error
