"""What the registry already knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from rtstruct.registry.connection import reading

if TYPE_CHECKING:
    from pathlib import Path

ROIState = Literal["mask", "points", "failed", "empty", "not_convertible"]


@dataclass(frozen=True)
class TriedROI:
    """What became of one ROI, from which input, by which version."""

    state: ROIState
    input_hash: str | None
    software_version: str
    error_code: str | None = None
    path: str | None = None
    """Of the mask: absolute, or relative to RTSTRUCT_HOME."""


@dataclass(frozen=True)
class TriedConversion:
    """What became of one structure set on one image series."""

    status: str
    error_code: str | None
    rois: dict[int, TriedROI] = field(default_factory=dict)
    """By ROINumber."""


ConversionKey = tuple[str, str | None]
"""SOPInstanceUID of the structure set, SeriesInstanceUID of the image series."""


def tried(path: Path, parameters_hash: str) -> dict[ConversionKey, TriedConversion]:
    """Everything that was registered with these parameters; empty if there is no registry."""
    if not path.exists():
        return {}
    with reading(path) as connection:
        conversions = connection.execute(
            "select conversion_id, SOPInstanceUID, referenced_SeriesInstanceUID, status, error_code"
            " from conversions where parameters_hash = ?",
            [parameters_hash],
        ).fetchall()
        rois = connection.execute(_TRIED_ROIS, [parameters_hash]).fetchall()
    by_id = {row[0]: TriedConversion(status=row[3], error_code=row[4]) for row in conversions}
    for identity, number, *facts in rois:
        by_id[identity].rois[number] = TriedROI(*facts)
    return {(row[1], row[2]): by_id[row[0]] for row in conversions}


_TRIED_ROIS = """
with

rois as (
    select
        conversion_id, ROINumber, 'mask' as state, input_hash, software_version,
        null as error_code, path,
    from masks
    union all
    select distinct conversion_id, ROINumber, 'points', input_hash, software_version, null, null
    from points
    union all
    select conversion_id, ROINumber, status, input_hash, software_version, error_code, null
    from roi_failures
)

select rois.*
from rois
inner join conversions using (conversion_id)
where conversions.parameters_hash = ?
"""


@dataclass(frozen=True)
class ParameterSet:
    """Parameters that conversions were made with, and ROIs that failed under them."""

    parameters: str
    """JSON."""
    failed: frozenset[tuple[str, int]]
    """SOPInstanceUID, ROINumber."""


def failures(path: Path, code: str | None = None) -> list[ParameterSet]:
    """ROIs that failed, all or those with one error code, by the parameters they failed under."""
    with reading(path) as connection:
        rows = connection.execute(
            "select conversions.parameters, roi_failures.SOPInstanceUID, roi_failures.ROINumber"
            " from roi_failures inner join conversions using (conversion_id)"
            " where roi_failures.status = 'failed'"
            " and ($1 is null or roi_failures.error_code = $1)",
            [code],
        ).fetchall()
    grouped: dict[str, set[tuple[str, int]]] = {}
    for parameters, sop, number in rows:
        grouped.setdefault(parameters, set()).add((sop, number))
    return [ParameterSet(key, frozenset(rois)) for key, rois in sorted(grouped.items())]
