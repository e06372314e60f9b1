"""The marts in BigQuery, copied into the local catalog: there, all that reads it works as ever.

Rows come over the BigQuery Storage API, which is fast and needs one permission more than the
plain one; without it they come over the plain one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_storage import BigQueryReadClient

# As in profiles/profiles.yml.
_DATASET = "rtstruct"


def fetch_marts(
    catalog: Path, client: Client | None = None, storage: BigQueryReadClient | None = None
) -> dict[str, int]:
    """Replace the local catalog by the marts in BigQuery; returns the rows of each.

    Parameters
    ----------
    catalog
        The DuckDB file to write. It is replaced at the end, as a whole.
    client, storage
        Connections to use; by default with the credentials of the environment.

    Raises
    ------
    RtstructError
        ``bigquery``: there are no marts, or they cannot be read.
    """
    import duckdb
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import bigquery, bigquery_storage

    partial = catalog.with_name(f"{catalog.name}.{os.getpid()}.partial")
    try:
        if client is None:
            client = bigquery.Client()
            storage = bigquery_storage.BigQueryReadClient()
        tables = [table.table_id for table in client.list_tables(_DATASET)]
        if not tables:
            raise RtstructError(
                "bigquery",
                f"there are no marts in {client.project}.{_DATASET}",
                "Run `rtstruct build --target bigquery --source idc`",
            )
        with duckdb.connect(str(partial)) as connection:
            connection.execute("create schema rtstruct")
            rows = {table: _copy(client, storage, table, connection) for table in tables}
        partial.replace(catalog)
    except (GoogleAPIError, GoogleAuthError) as error:
        raise RtstructError(
            "bigquery",
            f"the marts in BigQuery cannot be read: {str(error).partition(chr(10))[0]}",
            "Sign in with `gcloud auth application-default login` and set GOOGLE_CLOUD_PROJECT",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _copy(
    client: Client,
    storage: BigQueryReadClient | None,
    table: str,
    connection: duckdb.DuckDBPyConnection,
) -> int:
    from google.api_core.exceptions import Forbidden

    rows = client.list_rows(client.get_table(f"{client.project}.{_DATASET}.{table}"))
    try:
        arrow = rows.to_arrow(bqstorage_client=storage, create_bqstorage_client=False)
    except Forbidden:
        arrow = rows.to_arrow(create_bqstorage_client=False)
    connection.from_arrow(arrow).create(f'rtstruct."{table}"')
    return int(arrow.num_rows)
