"""Series fetched into the cache, in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rtstruct.registry.connection import reading, writing
from rtstruct.registry.table import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.registry.table import Row


def downloaded(path: Path) -> set[str]:
    """Series (crdc_series_uuid) that were fetched whole; nothing without a registry."""
    if not path.exists():
        return set()
    with reading(path) as connection:
        found = connection.execute("select crdc_series_uuid from downloads").fetchall()
    return {name for (name,) in found}


@dataclass(frozen=True)
class DownloadRows:
    """What one attempt at fetching a series adds: rows by column name."""

    download: Row
    """A row of ``downloads``; written only if there are no failures."""
    failures: tuple[Row, ...] = ()


def register_downloads(path: Path, attempts: Sequence[DownloadRows]) -> None:
    """Register attempts at fetching series in one transaction; the newest counts."""
    now = datetime.now(UTC)
    with writing(path) as connection:
        for attempt in attempts:
            name = [attempt.download["crdc_series_uuid"]]
            connection.execute("delete from download_failures where crdc_series_uuid = ?", name)
            known = connection.execute(
                "select 1 from downloads where crdc_series_uuid = ?", name
            ).fetchone()
            if known and not attempt.failures and attempt.download["verified_by_md5"] is None:
                # It was there all the time: what is known of how it came stays.
                continue
            connection.execute("delete from downloads where crdc_series_uuid = ?", name)
            if not attempt.failures:
                insert(connection, "downloads", [{**attempt.download, "registered": now}])
            insert(
                connection,
                "download_failures",
                [{**failure, "registered": now} for failure in attempt.failures],
            )
