"""Start the BigQuery emulator, fill it, talk to it with Google's own clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
    BigQueryReadGrpcTransport,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Emulator:
    """A running emulator: where it listens, clients for both of BigQuery's wires."""

    rest: int
    grpc: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rest}"

    def client(self, project: str) -> bigquery.Client:
        return bigquery.Client(
            project=project,
            credentials=AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=self.url),
        )

    def storage_client(self) -> BigQueryReadClient:
        channel = grpc.insecure_channel(f"127.0.0.1:{self.grpc}")
        return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))

    def load(self, path: Sequence[str], schema: list[dict[str, Any]], ndjson: Path) -> None:
        """Make the table `path` (project, dataset, table) and load a file of JSON lines into it."""
        project, dataset, _ = path
        client = self.client(project)
        client.create_dataset(f"{project}.{dataset}", exists_ok=True)
        fields = [bigquery.SchemaField.from_api_repr(field) for field in schema]
        table = client.create_table(bigquery.Table(".".join(path), schema=fields))
        config = bigquery.LoadJobConfig(schema=fields, source_format="NEWLINE_DELIMITED_JSON")
        with ndjson.open("rb") as lines:
            client.load_table_from_file(lines, table, job_config=config).result()


@contextmanager
def running_emulator() -> Iterator[Emulator]:
    """An emulator on free ports of loopback for as long as the block lasts.

    Raises
    ------
    RuntimeError
        If it does not start; with what it printed.
    """
    # A pipe of its own for the ports: the emulator logs to standard output from its import on.
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("emulator_server.py"), str(writer)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=(writer,),
    ) as process:
        os.close(writer)
        with os.fdopen(reader) as answer:
            ports = answer.read()
        if not ports:
            raise RuntimeError("the BigQuery emulator did not start: see its output above")
        try:
            yield Emulator(**json.loads(ports))
        finally:
            process.communicate()  # closes its input and waits
