"""What the registry already knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rtstruct.registry.connection import reading

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

MaskKey: TypeAlias = tuple[str, str, int | None, int]
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
    reference_path: str | None = None
    """Of the image on its voxels."""
    structure: str | None = None
    laterality: str | None = None
    """As its name was read then."""


@dataclass(frozen=True)
class TriedConversion:
    """What became of one structure set on one image series."""

    status: str
    rois: dict[int, TriedROI] = field(default_factory=dict)
    """By ROINumber."""


def tried(path: Path, parameters_hash: str) -> dict[str, TriedConversion]:
    """What was registered with these parameters, by conversion_id; nothing without a registry."""
    if not path.exists():
        return {}
    with reading(path) as connection:
        conversions = connection.execute(
            "select conversion_id, status from conversions where parameters_hash = ?",
            [parameters_hash],
        ).fetchall()
        rois = connection.execute(_TRIED_ROIS, [parameters_hash]).fetchall()
    by_id = {identity: TriedConversion(status) for identity, status in conversions}
    for identity, number, *facts in rois:
        by_id[identity].rois[number] = TriedROI(*facts)
    return by_id


_TRIED_ROIS = """
with

rois as (
    select
        conversion_id, ROINumber, 'mask' as state, input_hash, software_version,
        null as error_code, path, reference_path, structure, laterality,
    from masks
    union all
    select distinct
        conversion_id, ROINumber, 'points', input_hash, software_version, null, null, null,
        structure, laterality,
    from points
    union all
    select
        conversion_id, ROINumber, status, input_hash, software_version, error_code, null, null,
        structure, laterality,
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
    """conversion_id, ROINumber."""


def failures(path: Path, code: str | None = None) -> list[ParameterSet]:
    """ROIs that failed, all or those with one error code, by the parameters they failed under."""
    with reading(path) as connection:
        rows = connection.execute(
            "select conversions.parameters, conversion_id, roi_failures.ROINumber"
            " from roi_failures inner join conversions using (conversion_id)"
            " where roi_failures.status = 'failed'"
            " and ($1 is null or roi_failures.error_code = $1)",
            [code],
        ).fetchall()
    grouped: dict[str, set[tuple[str, int]]] = {}
    for parameters, identity, number in rows:
        grouped.setdefault(parameters, set()).add((identity, number))
    return [ParameterSet(key, frozenset(rois)) for key, rois in sorted(grouped.items())]


def made_otherwise(
    path: Path, out: str, parameters_hash: str
) -> dict[tuple[str, str | None, int | None, int], str]:
    """Masks in an output root that were made with other parameters: these, as JSON.

    By structure_set_key, SeriesInstanceUID and stack_number of the image, and ROINumber.
    """
    if not path.exists():
        return {}
    with reading(path) as connection:
        found = connection.execute(
            "select structure_set_key, masks.referenced_SeriesInstanceUID, masks.stack_number,"
            " ROINumber, parameters"
            " from masks inner join conversions using (conversion_id)"
            " where (parameters ->> 'out') = ? and parameters_hash != ?",
            [out, parameters_hash],
        ).fetchall()
    return {(key, image, stack, roi): parameters for key, image, stack, roi, parameters in found}


def output_roots(path: Path) -> list[str]:
    """Every output root that has masks: absolute, or relative to RTSTRUCT_HOME."""
    with reading(path) as connection:
        found = connection.execute(
            "select distinct conversions.parameters ->> 'out' from conversions"
            " where conversion_id in (select conversion_id from masks) order by all"
        ).fetchall()
    return [root for (root,) in found]


@dataclass(frozen=True)
class SourceOfMasks:
    """Where masks of one output folder come from, and under which terms."""

    collection_id: str | None
    license_short_name: str | None
    source_DOI: str | None
    image_license_short_name: str | None
    image_source_DOI: str | None
    masks: int

    @property
    def has_terms(self) -> bool:
        """Whether any license or DOI is known."""
        return bool(
            self.license_short_name
            or self.source_DOI
            or self.image_license_short_name
            or self.image_source_DOI
        )


def sources(path: Path, out: str) -> list[SourceOfMasks]:
    """What the masks under the output root ``out`` (as the registry spells it) come from."""
    terms = (
        "masks.collection_id, masks.license_short_name, masks.source_DOI,"
        " masks.image_license_short_name, masks.image_source_DOI"
    )
    with reading(path) as connection:
        found = connection.execute(
            f"select {terms}, count(*) from masks"  # noqa: S608 - constants
            " inner join conversions using (conversion_id)"
            " where (conversions.parameters ->> 'out') = ?"
            " group by all order by all",
            [out],
        ).fetchall()
    return [SourceOfMasks(*row) for row in found]


def masks_on_images(
    path: Path, structure_sets: Collection[str], *, with_image: bool = False
) -> dict[MaskKey, dict[str, Any]]:
    """Rows of masks in files of their own, on the image's voxels, made by the default rule.

    By structure_set_key, SeriesInstanceUID and stack_number of the image, and ROINumber; of
    several the newest.
    ``with_image``: only NIfTI that has the image on the same voxels beside it.
    """
    if not path.exists():
        return {}
    with reading(path) as connection:
        found = connection.execute(_MASKS_ON_IMAGES, [list(structure_sets), with_image])
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {
        (
            row["structure_set_key"],
            row["referenced_SeriesInstanceUID"],
            row["stack_number"],
            row["ROINumber"],
        ): row
        for row in rows
    }


_MASKS_ON_IMAGES = """
select masks.*, conversions.structure_set_key
from masks
inner join conversions using (conversion_id)
where list_contains($1, conversions.structure_set_key)
    and masks.label is null
    and masks.format <> 'seg'
    and (not $2 or (masks.format = 'nifti' and masks.reference_path is not null))
    and (conversions.parameters ->> 'resample') is null
    and (conversions.parameters ->> 'coverage') = 'false'
    and (conversions.parameters ->> 'boundary') = 'auto'
    and (conversions.parameters ->> 'engine') = 'native'
    and coalesce(conversions.parameters ->> 'overlap', 'union') = 'union'
    and coalesce(conversions.parameters ->> 'interpolate', 'false') = 'false'
    and (conversions.parameters ->> 'any_frame_of_reference') = 'false'
    and coalesce(conversions.parameters ->> 'registration', 'false') = 'false'
order by conversions.registered
"""
