"""What the project reads on BigQuery, made up, in a form for each engine."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from engines.dbt_project import ROOT
from engines.dicom_all_cases import dicom_all
from engines.dicom_all_rows import SCHEMA, roi, structure_set

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]

PROJECT = "bigquery-public-data"
DATASET = "idc_v25"

NAMES = ROOT / "tests" / "python" / "vocabulary" / "handwritten_names.csv"

VERSION_SCHEMA = [
    {"name": "idc_version", "type": "INTEGER"},
    {"name": "version_timestamp", "type": "STRING"},
]

DUCKDB_TYPES = {
    "STRING": "varchar",
    "INTEGER": "bigint",
    "FLOAT": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "DATETIME": "timestamp",
    "TIMESTAMP": "timestamptz",
}


@dataclass(frozen=True)
class SourceTable:
    """A table of IDC's: rows in Python, and files that DuckDB and BigQuery can load."""

    path: tuple[str, str, str]
    schema: list[dict[str, Any]]
    rows: list[Row]
    ndjson: Path
    parquet: Path


def write_sources(folder: Path, series: int) -> dict[str, SourceTable]:
    """Make `dicom_all` and `version_metadata`, by name."""
    versions = [{"idc_version": number} for number in range(1, 26)]
    return {
        "dicom_all": _write(folder, "dicom_all", SCHEMA, [*dicom_all(series), *_many_names()]),
        "version_metadata": _write(folder, "version_metadata", VERSION_SCHEMA, versions),
    }


def variables(tables: dict[str, SourceTable]) -> dict[str, Any]:
    """dbt variables that point the project at these tables, on every engine."""
    return {
        "source": "idc",
        "idc_project": PROJECT,
        "idc_dataset": DATASET,
        "idc_contours": True,
        "dicom_all_parquet": str(tables["dicom_all"].parquet),
        "version_metadata_parquet": str(tables["version_metadata"].parquet),
    }


def duckdb_type(field: Row) -> str:
    """DuckDB's spelling of a field of BigQuery's JSON schema."""
    if field["type"] == "RECORD":
        members = ", ".join(f'"{f["name"]}" {duckdb_type(f)}' for f in field["fields"])
        name = f"struct({members})"
    else:
        name = DUCKDB_TYPES[field["type"]]
    return f"{name}[]" if field.get("mode") == "REPEATED" else name


def _many_names() -> list[Row]:
    """Structure sets with hundreds of names of seven languages."""
    with NAMES.open(encoding="utf-8", newline="") as stream:
        names = [row["ROIName"] for row in csv.DictReader(stream)][::3]
    return [
        structure_set(
            f"1.2.99.{start}",
            f"1.2.99.{start}.1",
            StructureSetROISequence=[
                roi(k, name) for k, name in enumerate(names[start : start + 20], start=1)
            ],
        )
        for start in range(0, len(names), 20)
    ]


def _write(folder: Path, name: str, schema: list[Row], rows: list[Row]) -> SourceTable:
    ndjson, parquet = folder / f"{name}.ndjson", folder / f"{name}.parquet"
    ndjson.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    columns = {field["name"]: duckdb_type(field) for field in schema}
    with duckdb.connect() as connection:
        table = connection.read_json(str(ndjson), format="newline_delimited", columns=columns)
        table.write_parquet(str(parquet))
    return SourceTable((PROJECT, DATASET, name), schema, rows, ndjson, parquet)
