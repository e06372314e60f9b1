"""Which structure sets and ROIs a SQL condition selects, and on which image series they lie."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.conditions import as_expression, explained
from rtstruct.catalog.doubts import find_doubts
from rtstruct.catalog.identifiers import belonging_to
from rtstruct.catalog.image_instances import files_of, files_of_few
from rtstruct.catalog.reading import columns_of, reading
from rtstruct.catalog.registrations import FrameTie, find_ties

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from rtstruct.catalog.image_instances import ImageInstance, Images


@dataclass(frozen=True)
class NamedROI:
    """A selected ROI of which the catalog knows the name only: the file tells its number."""

    ROIName: str
    structure: str | None = None
    laterality: str | None = None
    confidence: str | None = None
    ROIDescription: str | None = None
    ROIGenerationAlgorithm: str | None = None
    ROIDisplayColor: str | None = None
    geometry_class: str | None = None
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
    also_named: tuple[str, ...] = field(default=(), kw_only=True)
    """ROINames of others of the same number, which is a fault of the file."""


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
    grid_kind: str | None
    grid_code: str | None
    """Code of what the grid of the stack stops, in `codes.csv`."""
    stack_number: int | None
    """None where the catalog does not know the slices of the image series."""
    stack_count: int | None
    stack_evidence: str | None
    """Why contours belong to the stack; ``chosen`` if the condition leaves one of several."""
    image_FrameOfReferenceUID: str | None
    image_header_hash: str | None
    """Of all headers of the image stack together; changes when any of them does."""
    elsewhere_images: tuple[str, ...] = ()
    """Images of the structure set's other stacks and series, if its contours name any."""
    other_frames: tuple[str, ...] = ()
    """Frames of reference of the other images that the structure set is converted on."""
    rois: tuple[SelectedROI, ...] = ()
    named_rois: tuple[NamedROI, ...] = ()
    doubts: tuple[str, ...] = ()
    """Codes of findings of the catalog that each mask has to tell."""
    ties: tuple[FrameTie, ...] = ()
    """Frames of reference that registrations tie to the image's; used only if asked for."""

    @property
    def roi_count(self) -> int:
        """Selected ROIs."""
        return len(self.rois) + len(self.named_rois)


def select(
    catalog: Path,
    where: str,
    *,
    identifiers: Collection[str] | None = None,
    registry: Path | None = None,
) -> list[WorklistRow]:
    """Worklist rows of the ROIs that fulfil the SQL condition ``where``, in a fixed order.

    ``where`` sees the columns of ``rtstruct_rois``, ``rtstruct_series`` and
    ``conversion_worklist``; in subqueries the marts go by their bare names, the tables of
    ``registry`` by ``registry.``. It is parsed as one expression and run on a read-only connection
    that cannot reach files, so that the worst that it can do is to be wrong. A structure set
    without ROIs is selected where the condition holds with all columns of ``rtstruct_rois`` null.

    ``identifiers`` leaves what belongs to one of these patients, studies, series or instances.

    Raises
    ------
    UsageError
        No catalog, or a condition that is not one.
    """
    return select_with_images(catalog, where, identifiers=identifiers, registry=registry)[0]


def select_with_images(
    catalog: Path,
    where: str,
    *,
    identifiers: Collection[str] | None = None,
    registry: Path | None = None,
) -> tuple[list[WorklistRow], Images]:
    """As :func:`select`, with what finds the files of image series: see :func:`image_instances`.

    Where these are few and nothing is registered, so that they will be asked for, they are found
    at once: to open the catalog takes longer than to read from it.
    """
    at_hand: dict[str, list[ImageInstance]] = {}
    with reading(catalog, registry) as connection:
        selected = _selected_rois(connection, where, identifiers)
        columns = ", ".join(
            "coalesce(work.SOPInstanceUID, '')" if name == "SOPInstanceUID" else f"work.{name}"
            for name in WorklistRow.__dataclass_fields__
            if name not in _ADDED
        )
        keys = list({key for key, _, _ in selected})
        found = connection.execute(_WORKLIST.format(columns=columns), [keys]).fetchall()
        if not (registry and registry.is_file()):
            at_hand = files_of_few(connection, {image for _, image, _ in selected if image})
        doubts = find_doubts(connection, keys)
        rows = [
            replace(row, doubts=doubts.get(row.structure_set_key, ()))
            for row in _with_ties(connection, _rows(found, selected))
        ]
    return _with_choices(rows), partial(files_of, catalog, at_hand)


def _rows(
    found: Sequence[tuple[Any, ...]],
    selected: Mapping[tuple[str, str | None, int | None], _Selected],
) -> list[WorklistRow]:
    return [
        replace(row, rois=tuple((chosen.numbered or {}).values()), named_rois=tuple(chosen.named))
        for row in (WorklistRow(*each[:-2], *map(tuple, each[-2:])) for each in found)
        if (chosen := selected.get(_place_of(row))) is not None
        # A ROI without a number in a file that was read has no contours.
        and (chosen.numbered is not None or row.file_path is None)
    ]


def _with_ties(connection: duckdb.DuckDBPyConnection, rows: list[WorklistRow]) -> list[WorklistRow]:
    places = [(row.PatientID or "", row.image_FrameOfReferenceUID) for row in rows]
    ties = find_ties(connection, places)
    return [replace(row, ties=ties.get(place, ())) for row, place in zip(rows, places, strict=True)]


def _place_of(row: WorklistRow) -> tuple[str, str | None, int | None]:
    return row.structure_set_key, row.referenced_SeriesInstanceUID, row.stack_number


def _with_choices(rows: list[WorklistRow]) -> list[WorklistRow]:
    """Of several stacks that would do, the one that the condition leaves is the user's choice."""
    left = Counter((row.structure_set_key, row.referenced_SeriesInstanceUID) for row in rows)
    return [
        replace(row, stack_evidence="chosen")
        if row.stack_evidence == "position"
        and left[row.structure_set_key, row.referenced_SeriesInstanceUID] == 1
        else row
        for row in rows
    ]


# What is not a column of the mart.
_ADDED = (
    *("image_header_hash", "elsewhere_images", "other_frames", "rois", "named_rois"),
    *("doubts", "ties"),
)
_WORKLIST = """
with

work as (
    select * from rtstruct.conversion_worklist
    where list_contains(?, structure_set_key)
),

headers as (
    select
        SeriesInstanceUID,
        coalesce(stack_number, 0) as stack,
        -- an image whose frames are several stacks is in none of them alone
        coalesce(max(stack_number), 0) = 0
        and count(*) over (partition by SeriesInstanceUID) = 1 as is_of_all_stacks,
        md5(string_agg(
            coalesce(header_hash, SOPInstanceUID), '' order by SOPInstanceUID
        )) as image_header_hash,
    from rtstruct.image_instances
    where SeriesInstanceUID in (select referenced_SeriesInstanceUID from work)
    group by SeriesInstanceUID, coalesce(stack_number, 0)
),

others as (
    select
        work.structure_set_key,
        work.referenced_SeriesInstanceUID as SeriesInstanceUID,
        coalesce(work.stack_number, 0) as stack,
        work.contours_elsewhere,
        work.image_FrameOfReferenceUID as frame,
        other.referenced_SeriesInstanceUID as other_SeriesInstanceUID,
        coalesce(other.stack_number, 0) as other_stack,
        other.image_FrameOfReferenceUID as other_frame,
    from work
    inner join work as other
        on work.structure_set_key = other.structure_set_key
        and (work.referenced_SeriesInstanceUID, coalesce(work.stack_number, 0))
        != (other.referenced_SeriesInstanceUID, coalesce(other.stack_number, 0))
    -- what only a registration ties to a structure set is no image that it was drawn on
    where work.evidence != 'registration' and other.evidence != 'registration'
),

elsewhere as (
    select
        others.structure_set_key,
        others.SeriesInstanceUID,
        others.stack,
        list(instances.SOPInstanceUID order by instances.SOPInstanceUID) as elsewhere_images,
    from others
    inner join rtstruct.image_instances as instances
        on others.other_SeriesInstanceUID = instances.SeriesInstanceUID
        and others.other_stack = coalesce(instances.stack_number, 0)
    where others.contours_elsewhere > 0
    group by all
),

frames as (
    select
        structure_set_key,
        SeriesInstanceUID,
        stack,
        list(distinct other_frame order by other_frame) as other_frames,
    from others
    where other_frame != frame
    group by all
)

select
    {columns},
    headers.image_header_hash,
    coalesce(elsewhere.elsewhere_images, []),
    coalesce(frames.other_frames, []),
from work
left join headers
    on work.referenced_SeriesInstanceUID = headers.SeriesInstanceUID
    and (coalesce(work.stack_number, 0) = headers.stack or headers.is_of_all_stacks)
left join elsewhere
    on work.structure_set_key = elsewhere.structure_set_key
    and work.referenced_SeriesInstanceUID = elsewhere.SeriesInstanceUID
    and coalesce(work.stack_number, 0) = elsewhere.stack
left join frames
    on work.structure_set_key = frames.structure_set_key
    and work.referenced_SeriesInstanceUID = frames.SeriesInstanceUID
    and coalesce(work.stack_number, 0) = frames.stack
order by work.structure_set_key, work.referenced_SeriesInstanceUID, work.stack_number
"""


@dataclass
class _Selected:
    """The selected ROIs of a structure set on one image stack."""

    numbered: dict[int, SelectedROI] | None = None
    """By ROINumber; None if the number of none is known; empty for a structure set without ROIs."""
    named: list[NamedROI] = field(default_factory=list)
    """Those of which the name only is known."""


def _selected_rois(
    connection: duckdb.DuckDBPyConnection,
    where: str,
    identifiers: Collection[str] | None,
) -> dict[tuple[str, str | None, int | None], _Selected]:
    """Selected ROIs by structure set, image series and stack.

    A ROINumber that is garbled names no contours: `catalog_findings` tells. Of one that is
    repeated all names are kept, since the converter makes none of them.
    """
    rois = columns_of(connection, "rtstruct_rois")
    series = columns_of(connection, "rtstruct_series")
    work = columns_of(connection, "conversion_worklist")
    # What is stated of the structure set itself counts, not what is stated of its series: there
    # may be several of them in it.
    own_of_rois = [name for name in rois if name not in work]
    own_of_series = [name for name in series if name not in {*work, *rois}]
    candidates = connection.sql(
        f"""
        select
            work.*,
            {", ".join(f"rois.{name}" for name in own_of_rois)},
            {", ".join(f"series.{name}" for name in own_of_series)}
        from rtstruct.conversion_worklist as work
        left join rtstruct.rtstruct_series as series
            on work.SeriesInstanceUID = series.SeriesInstanceUID
        left join rtstruct.rtstruct_rois as rois
            on work.structure_set_key = rois.structure_set_key
        """  # noqa: S608 - names are the catalog's own columns
    )
    columns = ", ".join(
        (
            "structure_set_key",
            "referenced_SeriesInstanceUID",
            "stack_number",
            "roi_position",
            "stated_roi_number",
            *(name for name in SelectedROI.__dataclass_fields__ if name != "also_named"),
        )
    )
    # A catalog of another version lacks one of them: not the condition's fault.
    candidates.project(columns)
    if identifiers is not None:
        candidates = belonging_to(identifiers, candidates, connection)
    with explained(
        "--where",
        where,
        of="the catalog",
        example="structure = 'Lung'",
        columns=sorted(candidates.columns, key=str.lower),
    ):
        found = candidates.filter(as_expression(where, connection)).project(columns).fetchall()
    found.sort(key=_in_order)
    selected: dict[tuple[str, str | None, int | None], _Selected] = {}
    for key, image, stack, position, stated, name, *facts, number in found:
        place = selected.setdefault((key, image, stack), _Selected())
        if position is None:
            place.numbered = {}
        elif number is not None:
            if place.numbered is None:
                place.numbered = {}
            roi = SelectedROI(name or "", *facts, ROINumber=number)
            first = place.numbered.setdefault(number, roi)
            if first is not roi:
                also = (*first.also_named, roi.ROIName)
                place.numbered[number] = replace(first, also_named=also)
        elif stated is None:
            place.named.append(NamedROI(name or "", *facts))
    return selected


def _in_order(row: tuple[Any, ...]) -> tuple[str, float]:
    """Structure set and place of the ROI in it, the last one where it has none."""
    key, _, _, position, *_ = row
    return key, math.inf if position is None else position
