"""What the catalog finds of files and patients, and each mask that is made of them has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rtstruct.catalog.query import has_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb

TOLD_BY_MASKS: Final = (
    "conflicting_file",
    "conflicting_images",
    "mixed_patients",
    "patient_id_differs",
)
"""Findings that nothing in the mask itself shows: it may be of another version or patient."""


def find_doubts(
    connection: duckdb.DuckDBPyConnection, structure_sets: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """Codes among ``TOLD_BY_MASKS`` by structure_set_key; none where findings were not built."""
    if not has_tables(connection, "catalog_findings"):
        return {}
    found = connection.execute(_DOUBTS, [list(structure_sets), list(TOLD_BY_MASKS)]).fetchall()
    return {key: tuple(codes) for key, codes in found}


_DOUBTS = """
select structure_set_key, list(distinct finding_code order by finding_code)
from rtstruct.catalog_findings
where list_contains($1, structure_set_key) and list_contains($2, finding_code)
group by structure_set_key
"""
