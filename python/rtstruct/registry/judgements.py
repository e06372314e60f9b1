"""What the last build found odd about masks, as far as they still are the masks that it judged.

``rtstruct build`` judges masks against each other: sides, overlaps, parts, volumes. A mask that was
made, or made again, since then is not judged yet; nor are others of its structure set on this
image, which may have been judged by the one that was there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.catalog.query import connect, has_tables
from rtstruct.codes import code_of, remedy
from rtstruct.registry.export import last_masks
from rtstruct.registry.summary import WarningState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import TypeAlias

    import duckdb

    from rtstruct.home import Home
    from rtstruct.registry.reader import MaskKey

    Judgements: TypeAlias = Mapping[MaskKey, Mapping[str, str]]
    """Of masks that a build has judged and that are as they were then: detail by code, those of
    mere information left out; empty where nothing was found. Others have no entry."""


def read_judgements(
    connection: duckdb.DuckDBPyConnection, structure_sets: Collection[str] | None = None
) -> Judgements:
    """What is known of the masks of structure sets (by key), or of all.

    Parameters
    ----------
    connection
        To catalog and registry: ``catalog.query.connect``.
    """
    tables = ("mask_findings", "judged_masks", "registry.masks", "registry.conversions")
    # A build of chosen models, or of an older version, has judged nothing that could be told.
    if not has_tables(connection, *tables):
        return {}
    findings: dict[MaskKey, dict[str, str]] = defaultdict(dict)
    keys = None if structure_sets is None else list(structure_sets)
    for *key, code, detail in connection.execute(_JUDGED, [keys]).fetchall():
        found = findings[tuple(key)]
        if code is not None:
            found[code] = detail
    return findings


@dataclass(frozen=True)
class JudgementSummary:
    """What the last build says of all masks that there are."""

    mask_findings: tuple[WarningState, ...]
    """By code; what notes of the masks say is not among them."""
    masks_not_judged: int
    masks_outdated: int
    """Made of a structure set that has other content in the catalog."""
    masks_without_structure_set: int
    """Made of a structure set that the catalog lacks."""


def summarise_judgements(home: Home, *, patience_s: float) -> JudgementSummary:
    """What a build has found of the masks that there are, and how many it has not seen.

    Raises
    ------
    UsageError
        There is no catalog.
    RtstructError
        ``database_locked``: somebody held it for ``patience_s`` seconds.
    """
    found: dict[str, list[tuple[MaskKey, str]]] = defaultdict(list)
    with connect(home, patience_s=patience_s) as connection:
        judgements = read_judgements(connection)
        masks = connection.execute(_MASKS).fetchall()
        ((outdated, gone),) = connection.execute(_OUTDATED).fetchall()
    not_judged = 0
    for *place, notes in masks:
        key = tuple(place)
        of_mask = judgements.get(key)
        if of_mask is None:
            not_judged += 1
            continue
        noted = {code_of(note) for note in notes or ()}
        for code in of_mask.keys() - noted:
            found[code].append((key, of_mask[code]))
    states = [
        WarningState(
            code,
            masks=len(each),
            structure_sets=len({key[0] for key, _ in each}),
            example=min(f"ROI {key[3]}: {detail}" for key, detail in each),
            hint=remedy(code),
        )
        for code, each in found.items()
    ]
    states.sort(key=lambda state: (-state.masks, state.code))
    return JudgementSummary(tuple(states), not_judged, outdated, gone)


_MASKS = """
select structure_set_key, masks.referenced_SeriesInstanceUID, masks.stack_number, ROINumber, notes
from registry.masks
inner join registry.conversions using (conversion_id)
"""

_OUTDATED = """
with

structure_sets as (
    select structure_set_key, any_value(instance_hash) as instance_hash
    from conversion_worklist
    group by structure_set_key
)

select
    count(*) filter (structure_sets.instance_hash != conversions.instance_hash),
    count(*) filter (structure_sets.structure_set_key is null),
from registry.masks
inner join registry.conversions using (conversion_id)
left join structure_sets on conversions.structure_set_key = structure_sets.structure_set_key
"""

_JUDGED = f"""
with

masks as ({last_masks("registry.main")}),

is_now as (
    select conversion_id, ROINumber, sha256, structure_set_key, referenced_SeriesInstanceUID
    from masks
    where $1 is null or list_contains($1, structure_set_key)
),

was_judged as (
    select *
    from judged_masks
    where $1 is null or list_contains($1, structure_set_key)
),

changed as (
    select distinct
        coalesce(is_now.structure_set_key, was_judged.structure_set_key) as structure_set_key,
        coalesce(
            is_now.referenced_SeriesInstanceUID, was_judged.referenced_SeriesInstanceUID
        ) as referenced_SeriesInstanceUID,
    from is_now
    full join was_judged
        on is_now.conversion_id = was_judged.conversion_id
        and is_now.ROINumber = was_judged.ROINumber
        and is_now.sha256 = was_judged.mask_sha256
    where is_now.conversion_id is null or was_judged.conversion_id is null
)

select
    was_judged.structure_set_key,
    was_judged.referenced_SeriesInstanceUID,
    was_judged.stack_number,
    was_judged.ROINumber,
    mask_findings.finding_code,
    mask_findings.detail,
from was_judged
anti join changed
    on was_judged.structure_set_key = changed.structure_set_key
    and was_judged.referenced_SeriesInstanceUID
    is not distinct from changed.referenced_SeriesInstanceUID
left join mask_findings
    on was_judged.conversion_id = mask_findings.conversion_id
    and was_judged.ROINumber = mask_findings.ROINumber
    and mask_findings.severity != 'info'
order by all
"""  # noqa: S608 - SQL of ours
