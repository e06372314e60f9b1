"""A small IDC on this machine: real series in a real S3 server, and its Parquet indexes."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import duckdb
import pydicom
from botocore import UNSIGNED
from botocore.config import Config
from moto.server import ThreadedMotoServer

from rtstruct.catalog.build import build, idc_index_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rtstruct.home import Home

FOLDERS = {
    "monaco": ("pymedphys-monaco-tinyvmat", "CC BY 4.0", "idc-open-data"),
    "oncentra": ("rtkit-oncentra-phantom", "CC BY-NC 3.0", "idc-open-data-cr"),
    "sarcoma": ("idc-soft_tissue_sarcoma-STS_001-MR_T2-oblique", "CC BY 3.0", "idc-open-data"),
}
BUCKETS = ("idc-open-data", "idc-open-data-cr")
MARTS = ("conversion_worklist", "image_instances", "rtstruct_rois", "rtstruct_series")


def uuid_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


@dataclass(frozen=True)
class SmallIDC:
    """Where it is served, and what is in it."""

    address: str
    objects: Mapping[str, bytes]
    """By key."""
    series: tuple[dict[str, Any], ...]
    """Rows of ``idc_index``, with a column of ROI names and the file of each object."""

    def uuids(self, collection: str) -> set[str]:
        return {
            row["crdc_series_uuid"] for row in self.series if row["collection_id"] == collection
        }

    def whole(self, cache: Path) -> set[str]:
        """Series in a cache; every file there must be the object, byte for byte."""
        found = defaultdict(set)
        for path in cache.glob("*/[!.]*"):
            if path.parent.suffix != ".part":
                key = path.relative_to(cache).as_posix()
                assert path.read_bytes() == self.objects[key], key
                found[path.parent.name].add(key)
        for name, keys in found.items():
            assert keys == {key for key in self.objects if key.startswith(f"{name}/")}
        return set(found)


def serve(shared_dicom: Path) -> tuple[SmallIDC, ThreadedMotoServer]:
    """Put the series of a few folders into a server, which ends with this process at the latest."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}),
    )
    for bucket in BUCKETS:
        client.create_bucket(Bucket=bucket)
    objects, series = {}, []
    for collection, (folder, terms, bucket) in FOLDERS.items():
        for row, files in _series(collection, shared_dicom / folder):
            for sop, data in files.items():
                key = f"{row['crdc_series_uuid']}/{uuid_of(sop)}.dcm"
                objects[key] = data
                client.put_object(Bucket=bucket, Key=key, Body=data, ACL="public-read")
            series.append({**row, "aws_bucket": bucket, "license_short_name": terms})
    return SmallIDC(address, objects, tuple(series)), server


def _series(collection: str, folder: Path) -> list[tuple[dict[str, Any], dict[str, bytes]]]:
    """Rows of ``idc_index`` without the terms, with the bytes of their files by SOPInstanceUID."""
    grouped: dict[str, list[tuple[pydicom.Dataset, bytes]]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".dcm" and path.stem not in ("rtstruct", "two_roi_rtstruct"):
            header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            grouped[header.SeriesInstanceUID].append((header, path.read_bytes()))
    rows = []
    for name, members in grouped.items():
        first = members[0][0]
        row = {
            "collection_id": collection,
            "PatientID": str(first.PatientID),
            "SeriesInstanceUID": name,
            "StudyInstanceUID": str(first.StudyInstanceUID),
            "Modality": str(first.Modality),
            "SOPClassUID": str(first.SOPClassUID),
            "instanceCount": len(members),
            "crdc_series_uuid": uuid_of(name),
            "source_DOI": f"10.1/{collection}",
            "series_size_MB": sum(len(data) for _, data in members) / 1e6,
            "roi_names": [str(roi.ROIName) for roi in first.get("StructureSetROISequence", [])],
        }
        rows.append((row, {str(header.SOPInstanceUID): data for header, data in members}))
    return rows


def build_catalog(home: Home, idc: SmallIDC) -> None:
    """The catalog of source ``idc_index`` over the series that are served."""
    folder = home.root / "idc_index_data"
    folder.mkdir(parents=True)
    real = idc_index_folder()
    rows = folder / "series.json"
    rows.write_text(json.dumps(idc.series))
    with duckdb.connect() as connection:
        connection.execute(f"create table t as from '{real}/idc_index.parquet' limit 0")
        connection.execute(
            f"insert into t by name select * exclude (roi_names) from read_json('{rows}')"
        )
        connection.table("t").write_parquet(str(folder / "idc_index.parquet"))
        connection.sql(
            f"""
            with series as (from read_json('{rows}')),
            images as (
                select StudyInstanceUID, SeriesInstanceUID as image from series
                where Modality != 'RTSTRUCT'
            )
            select SeriesInstanceUID, len(roi_names)::bigint as total_rois,
                list_distinct(roi_names) as ROINames, ['MANUAL'] as ROIGenerationAlgorithms,
                ['ORGAN'] as RTROIInterpretedTypes, image as referenced_SeriesInstanceUID
            from series join images using (StudyInstanceUID)
            where Modality = 'RTSTRUCT'
            """
        ).write_parquet(str(home.rtstruct_index))
    index = folder / "version_metadata_index.parquet"
    index.write_bytes((real / index.name).read_bytes())
    build_models(home, folder, *(f"+{name}" for name in MARTS))


def build_models(home: Home, index: Path, *models: str) -> None:
    """Build some models over the Parquet indexes in a folder, without their tests."""
    result = build(
        home,
        source="idc_index",
        variables={"idc_index_folder": str(index)},
        options=["--select", *models, "--exclude-resource-type", "test"],
    )
    assert result.problems == ()
