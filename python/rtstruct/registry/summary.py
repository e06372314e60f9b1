"""The state of the registry in one page, for `rtstruct status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.catalog.confidence import GUESSES
from rtstruct.codes import remedy, warnings_among
from rtstruct.registry.connection import reading

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class State:
    """Conversions by status, and their masks."""

    done: int
    partial: int
    failed: int
    skipped: int
    masks: int
    bytes: int


@dataclass(frozen=True)
class CollectionState(State):
    """The same of one collection."""

    collection_id: str | None


@dataclass(frozen=True)
class FailureState:
    """An error code: how often, one example, what to do."""

    error_code: str
    status: str
    rois: int
    structure_sets: int
    example: str
    hint: str


@dataclass(frozen=True)
class WarningState:
    """A code that asks for a look at masks before use: how many, one example, what to do."""

    code: str
    masks: int
    structure_sets: int
    example: str
    hint: str


@dataclass(frozen=True)
class DownloadState:
    """Series in the cache."""

    series: int
    files: int
    bytes: int


@dataclass(frozen=True)
class DownloadFailureState:
    """An error code: how many objects, one example, what to do."""

    error_code: str
    objects: int
    series: int
    example: str
    hint: str


@dataclass(frozen=True)
class RunState:
    """The last command run."""

    command: str
    started: str
    ended: str | None
    outcome: str | None


@dataclass(frozen=True)
class Summary:
    """Everything that `rtstruct status` shows."""

    total: State
    points: int
    by_collection: tuple[CollectionState, ...]
    failures: tuple[FailureState, ...]
    warnings: tuple[WarningState, ...]
    guesses: int
    """Masks of a structure that is a guess of the vocabulary."""
    downloads: DownloadState
    download_failures: tuple[DownloadFailureState, ...]
    last_run: RunState | None


_COUNTS = tuple(State.__dataclass_fields__)


def summarise(path: Path) -> Summary:
    """Read the registry at ``path`` in one short look, also while a conversion runs."""
    with reading(path) as connection:
        collections = tuple(
            CollectionState(*row) for row in connection.execute(_BY_COLLECTION).fetchall()
        )
        failures = tuple(
            FailureState(*(*row, remedy(row[0])))
            for row in connection.execute(_FAILURES).fetchall()
        )
        notes = connection.execute(_NOTES).fetchall()
        told = warnings_among(row[0] for row in notes)
        warnings = tuple(WarningState(*(*row, remedy(row[0]))) for row in notes if row[0] in told)
        ((guesses,),) = connection.execute(_GUESSES, [list(GUESSES)]).fetchall()
        ((points,),) = connection.execute("select count(*) from points").fetchall()
        (downloads,) = connection.execute(
            "select count(*), coalesce(sum(files), 0)::bigint, coalesce(sum(bytes), 0)::bigint"
            " from downloads"
        ).fetchall()
        download_failures = tuple(
            DownloadFailureState(*(*row, remedy(row[0])))
            for row in connection.execute(_DOWNLOAD_FAILURES).fetchall()
        )
        last = connection.execute(
            "select command, strftime(started, '%c'), strftime(ended, '%c'), outcome"
            " from runs order by started desc limit 1"
        ).fetchone()
    return Summary(
        total=State(*(sum(getattr(each, name) for each in collections) for name in _COUNTS)),
        points=points,
        by_collection=collections,
        failures=failures,
        warnings=warnings,
        guesses=guesses,
        downloads=DownloadState(*downloads),
        download_failures=download_failures,
        last_run=RunState(*last) if last else None,
    )


_BY_COLLECTION = """
with

masks_per_conversion as (
    select conversion_id, count(*) as masks, sum(file_size)::bigint as bytes,
    from masks
    group by conversion_id
)

select
    count(*) filter (where status = 'done'),
    count(*) filter (where status = 'partial'),
    count(*) filter (where status = 'failed'),
    count(*) filter (where status = 'skipped'),
    coalesce(sum(masks), 0)::bigint,
    coalesce(sum(bytes), 0)::bigint,
    collection_id,
from conversions
left join masks_per_conversion using (conversion_id)
-- Where no ROI was drawn on a stack nothing was to be done: `convert` does not count it either.
where error_code is distinct from 'drawn_elsewhere'
group by collection_id
order by collection_id nulls last
"""

# A structure set without ROIs, or with contours left out, has no row in roi_failures; one that
# was asked for in several formats counts once.
_FAILURES = """
with

failures as (
    select
        conversions.structure_set_key, roi_failures.error_code, roi_failures.status,
        roi_failures.message, roi_failures.ROINumber,
    from roi_failures
    inner join conversions using (conversion_id)
    union all
    select
        structure_set_key, error_code,
        case status when 'skipped' then 'not_convertible' else status end, message, null,
    from conversions
    where
        status != 'done'
        and conversion_id not in (select conversion_id from roi_failures)
)

select
    error_code,
    status,
    count(distinct (structure_set_key, ROINumber)) filter (where ROINumber is not null),
    count(distinct structure_set_key),
    min(message),
from failures
group by error_code, status
order by count(*) desc, error_code
"""

_NOTES = """
with

notes as (
    select structure_set_key, path, ROINumber, unnest(notes) as note,
    from masks
    inner join conversions using (conversion_id)
),

coded as (
    select *, split_part(note, ':', 1) as code
    from notes
)

select
    code,
    count(distinct path),
    count(distinct structure_set_key),
    min('ROI ' || ROINumber || ': ' || ltrim(substr(note, length(code) + 2))),
from coded
group by code
order by count(distinct path) desc, code
"""

_GUESSES = """
select count(*)
from masks
where structure is not null and list_contains($1, confidence)
"""

_DOWNLOAD_FAILURES = """
select error_code, count(*), count(distinct crdc_series_uuid), min(message)
from download_failures
group by error_code
order by count(*) desc, error_code
"""
