"""Lists of patients, studies, series or instances: one a line, a CSV table, or IDC's manifests."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from rtstruct.catalog.reading import columns_of, reading
from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import duckdb

COLUMNS = (
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "crdc_series_uuid",
    "referenced_StudyInstanceUID",
    "referenced_SeriesInstanceUID",
    "image_crdc_series_uuid",
)
"""What an identifier may be, in the columns that a condition sees."""

# `cp s3://idc-open-data/<crdc_series_uuid>/* .`, as IDC's portal writes it for s5cmd.
_MANIFEST = re.compile(r"\b(?:s3|gs)://[\w.-]+/([0-9a-fA-F-]{36})(?:/|\s|$)")


def read_identifiers(path: Path) -> frozenset[str]:
    """Read identifiers: of a CSV table those in columns of ``COLUMNS``, else one a line.

    Raises
    ------
    UsageError
        The file cannot be read, or holds none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"cannot read {path}: {reason}") from None
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    found = {match[1] for line in lines for match in _MANIFEST.finditer(line)}
    if not found and lines:
        try:
            header = next(csv.reader(lines[:1]), [])
            known = [name for name in header if name in COLUMNS]
            found = (
                {row[name] or "" for row in csv.DictReader(lines) for name in known}
                if known
                else set(lines)
            )
        except csv.Error as error:
            raise UsageError(f"cannot read {path}: {error}") from None
    found -= {""}
    if not found:
        raise UsageError(
            f"{path} holds no identifier",
            f"Write one a line, or a CSV table with a column such as {COLUMNS[0]}",
        )
    return frozenset(found)


def unknown_identifiers(catalog: Path, identifiers: Collection[str]) -> list[str]:
    """Which identifiers the catalog does not know, in alphabetical order."""
    with reading(catalog) as connection:
        known = " union ".join(
            f'select "{name}" from rtstruct.{table}'  # noqa: S608 - names are the catalog's own
            for table in ("rtstruct_series", "conversion_worklist", "segments")
            for name in columns_of(connection, table)
            if name in COLUMNS
        )
        found = connection.execute(
            # as above
            f"select id from (select unnest($1::varchar[]) as id) except ({known}) order by id",  # noqa: S608
            [list(identifiers)],
        ).fetchall()
    return [identifier for (identifier,) in found]


def belonging_to(
    identifiers: Collection[str],
    relation: duckdb.DuckDBPyRelation,
    connection: duckdb.DuckDBPyConnection,
) -> duckdb.DuckDBPyRelation:
    """Rows that have one of the identifiers in a column of ``COLUMNS``; asked once a connection."""
    connection.execute(
        "create temp table identifiers as select unnest($1::varchar[]) as id", [list(identifiers)]
    )
    return relation.filter(
        " or ".join(
            f'"{name}" in (from temp.identifiers)' for name in relation.columns if name in COLUMNS
        )
    )
