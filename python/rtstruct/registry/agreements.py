"""Comparisons of masks in the registry: each is computed once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rtstruct.registry.connection import reading, writing
from rtstruct.registry.table import found_rows, insert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from rtstruct.registry.table import Row


def known_agreements(path: Path, identities: Collection[str]) -> dict[str, Row]:
    """Rows of ``agreements`` that are registered, by agreement_id; without those that failed."""
    with reading(path) as connection:
        found = connection.execute(
            "select * from agreements"
            " where agreement_id in (select unnest(?)) and error_code is null",
            [list(identities)],
        )
        return {row["agreement_id"]: row for row in found_rows(found)}


def register_agreements(path: Path, run_id: str, rows: Sequence[Row]) -> list[Row]:
    """Add rows, in place of older ones of the same pair; returns them as registered."""
    now = datetime.now(UTC)
    added = [{**row, "run_id": run_id, "registered": now} for row in rows]
    with writing(path) as connection:
        connection.execute(
            "delete from agreements where agreement_id in (select unnest(?))",
            [[row["agreement_id"] for row in added]],
        )
        insert(connection, "agreements", added)
    return added


def agreement_columns(path: Path) -> list[str]:
    """Columns of ``agreements``, in their order."""
    with reading(path) as connection:
        found = connection.execute("select * from agreements limit 0")
        return [column[0] for column in found.description or ()]
