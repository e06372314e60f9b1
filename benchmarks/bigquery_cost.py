"""What a refresh of the catalog on BigQuery would scan: a dry run of every model, which is free.

Only models that read IDC's own tables cost anything to speak of; the others read what those made,
and can be estimated once they have been built.

With --estimate nothing is asked: the columns that the catalog reads of dicom_all are counted from
IDC's own index of series, which travels in idc-index-data. Texts have 2 bytes more than letters.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

ROOT = Path(__file__).parents[1]
DOLLARS_PER_TEBIBYTE = 6.25

# Columns that are the same for all instances of a series: as long as they are in the index.
SERIES_COLUMNS = (
    *("collection_id", "analysis_result_id", "PatientID", "StudyInstanceUID", "SeriesInstanceUID"),
    *("SOPClassUID", "Modality", "SeriesDescription", "Manufacturer", "ManufacturerModelName"),
    *("crdc_series_uuid", "aws_bucket", "license_short_name", "source_DOI"),
)
# Columns of each instance, as if every instance were an image: bytes that we assume.
INSTANCE_BYTES = {
    "SOPInstanceUID": 62,
    "FrameOfReferenceUID": 62,
    "instance_hash": 34,
    "access": 8,
    "Rows": 8,
    "Columns": 8,
    "InstanceNumber": 5,
    "instance_size": 8,
    "PixelSpacing": 2 * 10,
    "ImagePositionPatient": 3 * 12,
    "ImageOrientationPatient": 6 * 10,
    "ImageType": 4 * 10,
    "series_init_idc_version": 8,
    "series_revised_idc_version": 8,
}


def compiled_models(target_path: str, options: list[str]) -> dict[str, str]:
    """SQL of every model, by name, as BigQuery would get it; no connection is made."""
    # Imported late: dbt makes every library's warnings print.
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(
        [
            *("--quiet", "compile", "--target", "bigquery", "--vars", '{"source": "idc"}'),
            *("--no-introspect", "--no-populate-cache", "--full-refresh"),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")),
            *("--target-path", target_path, "--log-path", target_path, *options),
        ]
    )
    if not outcome.success:
        raise SystemExit(f"dbt cannot compile the project: {outcome.exception}")
    nodes = json.loads((Path(target_path) / "manifest.json").read_text())["nodes"].values()
    return {n["name"]: n["compiled_code"] for n in nodes if n["resource_type"] == "model"}


def estimate() -> int:
    """Bytes of one refresh, from the lengths of IDC's values."""
    import duckdb

    from rtstruct.catalog.build import idc_index_folder

    index = duckdb.read_parquet(str(idc_index_folder() / "idc_index.parquet"))
    sums = [f"sum(instanceCount * (2 + strlen({column})))" for column in SERIES_COLUMNS]
    sizes = index.aggregate(", ".join((*sums, "sum(instanceCount)"))).fetchall()[0]
    scanned = sum(map(int, sizes[:-1])) + int(sizes[-1]) * sum(INSTANCE_BYTES.values())
    print(price(scanned))
    return 0


def price(scanned: int) -> str:
    dollars = scanned / 2**40 * DOLLARS_PER_TEBIBYTE
    return f"{scanned / 2**30:10.3f} GiB  in all: ${dollars:.2f} at ${DOLLARS_PER_TEBIBYTE} a TiB"


def main(options: list[str]) -> int:
    if "--estimate" in options:
        return estimate()
    try:
        client = bigquery.Client()
        with tempfile.TemporaryDirectory() as folder:
            models = compiled_models(folder, options)
        total = 0
        for name, sql in sorted(models.items()):
            try:
                job = client.query(
                    sql, job_config=bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
                )
            except NotFound:
                print(f"{'not built yet':>14}  {name}")
                continue
            total += job.total_bytes_processed
            print(f"{job.total_bytes_processed / 2**30:10.3f} GiB  {name}")
    except (GoogleAuthError, GoogleAPIError) as error:
        print(
            f"bigquery-cost: {str(error).partition(chr(10))[0]} Sign in with `gcloud auth"
            " application-default login` and set GOOGLE_CLOUD_PROJECT",
            file=sys.stderr,
        )
        return 1
    print(price(total))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
