"""The marts in BigQuery, copied into the local catalog: there, all that reads it works as ever.

Rows come over the BigQuery Storage API, which is fast and needs one permission more than the
plain one; without it they come over the plain one. Neither runs a query, so that none is billed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.atomic_write import draft_of
from rtstruct.duckdb_file import FORMAT
from rtstruct.errors import RtstructError, UsageError, install
from rtstruct.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_storage import BigQueryReadClient

# As in profiles/profiles.yml.
_DATASET = "rtstruct"
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class Mart:
    """A mart in BigQuery, as its metadata have it: asking for them is free."""

    project: str
    name: str
    rows: int
    bytes: int
    modified: str
    """ISO 8601, UTC."""


def list_marts(client: Client | None = None) -> tuple[Mart, ...]:
    """The marts in BigQuery, by name.

    Parameters
    ----------
    client
        The connection to use; by default with the credentials of the environment.

    Raises
    ------
    UsageError
        The packages for BigQuery are not installed.
    RtstructError
        ``bigquery``: there are no marts, or they cannot be read.
    """
    with _plain_errors():
        from google.cloud import bigquery

        client = client or bigquery.Client()
        tables = [client.get_table(item.reference) for item in client.list_tables(_DATASET)]
    if not tables:
        raise RtstructError(
            "bigquery_failed",
            f"there are no marts in {client.project}.{_DATASET}",
            "Run `rtstruct build --target bigquery --source idc`",
        )
    marts = [
        Mart(
            table.project,
            table.table_id,
            table.num_rows or 0,
            table.num_bytes or 0,
            table.modified.isoformat() if table.modified else "",
        )
        for table in tables
    ]
    return tuple(sorted(marts, key=lambda mart: mart.name))


def is_copy(catalog: Path, marts: tuple[Mart, ...]) -> bool:
    """Whether the local catalog is a copy of the marts as they are now.

    Raises
    ------
    UsageError
        The local catalog is no copy at all: it must not be lost to one.
    """
    import duckdb

    from rtstruct.duckdb_file import opened

    if not catalog.exists():
        return False
    with opened(catalog, read_only=True, patience_s=_PATIENCE_S) as connection:
        try:
            copied = connection.execute("from copied_marts order by name").fetchall()
        except duckdb.CatalogException:
            raise UsageError(
                f"{catalog} was built here and would be replaced by the copy from BigQuery",
                "Set RTSTRUCT_HOME to another folder, or move the catalog away",
            ) from None
    return tuple(Mart(*row) for row in copied) == marts


def fetch_marts(
    catalog: Path, client: Client | None = None, storage: BigQueryReadClient | None = None
) -> tuple[Mart, ...]:
    """Replace the local catalog by the marts in BigQuery.

    Parameters
    ----------
    catalog
        The DuckDB file to write. It is replaced at the end, as a whole.
    client, storage
        Connections to use; by default with the credentials of the environment.

    Raises
    ------
    UsageError, RtstructError
        As from :func:`list_marts`.
    """
    import duckdb

    partial = draft_of(catalog)
    try:
        with _plain_errors():
            from google.cloud import bigquery, bigquery_storage

            if client is None:
                client = bigquery.Client()
                storage = bigquery_storage.BigQueryReadClient()
            marts = list_marts(client)
            make_private(partial.parent)
            with duckdb.connect(str(partial), config={**FORMAT}) as connection:
                connection.execute("create schema rtstruct")
                for mart in marts:
                    _copy(client, storage, mart, connection)
                connection.execute(
                    "create table copied_marts"
                    " (project text, name text, rows bigint, bytes bigint, modified text)"
                )
                rows = [[m.project, m.name, m.rows, m.bytes, m.modified] for m in marts]
                connection.executemany("insert into copied_marts values (?, ?, ?, ?, ?)", rows)
        partial.replace(catalog)
    finally:
        partial.unlink(missing_ok=True)
    return marts


def ask(patience_s: float) -> None:
    """Ask, once and for free, what IDC's public dataset is; answers that come late are errors.

    Raises
    ------
    UsageError
        The packages for BigQuery are not installed.
    RtstructError
        ``bigquery``: there is no answer, or a refusal.
    """
    with _plain_errors():
        from google.cloud import bigquery

        bigquery.Client().get_dataset(
            "bigquery-public-data.idc_current",
            retry=bigquery.DEFAULT_RETRY.with_timeout(patience_s),
            timeout=patience_s,
        )


def _copy(
    client: Client,
    storage: BigQueryReadClient | None,
    mart: Mart,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    from google.api_core.exceptions import Forbidden

    rows = client.list_rows(client.get_table(f"{mart.project}.{_DATASET}.{mart.name}"))
    try:
        arrow = rows.to_arrow(bqstorage_client=storage, create_bqstorage_client=False)
    except Forbidden:
        arrow = rows.to_arrow(create_bqstorage_client=False)
    connection.from_arrow(arrow).create(f'rtstruct."{mart.name}"')


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
    except ImportError as error:
        raise UsageError(
            "the packages for BigQuery are not installed", install("bigquery")
        ) from error
    try:
        yield
    except (GoogleAPIError, GoogleAuthError) as error:
        raise RtstructError(
            "bigquery_failed",
            f"BigQuery cannot be read: {str(error).partition(chr(10))[0]}",
        ) from error
