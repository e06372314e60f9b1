"""A catalog of any content, and the road through the driver."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from rtstruct.conversion.planning.plan import Request
from rtstruct.conversion.run.local import processes
from rtstruct.conversion.task import Options
from rtstruct.pipeline.convert import convert, select
from support.contracts import create_table
from support.doubles import obedient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rtstruct.conversion.planning.plan import Redo
    from rtstruct.conversion.run.driver import ConversionCounts
    from rtstruct.home import Home

# The marts that the converter reads.
MARTS = (
    *("rtstruct_series", "rtstruct_rois", "conversion_worklist", "image_instances"),
    "segments",
)


@dataclass(frozen=True)
class Sketch:
    """A structure set for the catalog: the names of its ROIs, numbered from 1."""

    sop: str
    rois: Sequence[str] = ()
    image: str | None = "image-1"
    reason_code: str | None = None
    instance_hash: str = ""
    """By default that of the file."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Columns that the ROI, the series and the worklist share."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """Columns of licenses and DOIs, where they differ from the usual ones."""
    file_path: str = "/absent.dcm"
    image_paths: tuple[str, ...] = ("/absent-1.dcm", "/absent-2.dcm")

    def __post_init__(self) -> None:
        if not self.instance_hash:
            path = Path(self.file_path)
            known = _md5(path) if path.is_file() else "h1"
            object.__setattr__(self, "instance_hash", known)


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def write_catalog(home: Home, sketches: Sequence[Sketch]) -> None:
    """Write a catalog with the marts that the converter reads."""
    home.root.mkdir(parents=True, exist_ok=True)
    home.catalog.unlink(missing_ok=True)
    with duckdb.connect(str(home.catalog)) as connection:
        connection.begin()
        connection.execute("create schema rtstruct")
        for mart in MARTS:
            connection.execute(create_table(mart))
        for sketch in sketches:
            shared = {
                "collection_id": "phantoms",
                "PatientID": "P1",
                "StudyInstanceUID": "study",
                "SeriesInstanceUID": f"series-{sketch.sop}",
                **sketch.facts,
            }
            _insert(connection, "rtstruct_series", shared)
            for number, name in enumerate(sketch.rois, 1):
                roi = {
                    "structure_set_key": sketch.sop,
                    "SOPInstanceUID": sketch.sop,
                    "roi_position": number,
                    "ROINumber": number,
                    "ROIName": name,
                }
                _insert(connection, "rtstruct_rois", {**shared, **roi})
            row = {
                **shared,
                "structure_set_key": sketch.sop,
                "SOPInstanceUID": sketch.sop,
                "instance_hash": sketch.instance_hash,
                "file_path": sketch.file_path,
                "license_short_name": "CC BY 4.0",
                "source_DOI": "10.1/sets",
                "image_license_short_name": "CC BY-NC 3.0",
                "image_source_DOI": "10.1/images",
                **sketch.terms,
                "referenced_SeriesInstanceUID": sketch.image,
                "image_Modality": "CT",
                "image_instance_count": 2,
                "evidence": "sop",
                "is_convertible": sketch.reason_code is None,
                "reason_code": sketch.reason_code,
                "reason": sketch.reason_code and f"because {sketch.reason_code}",
            }
            _insert(connection, "conversion_worklist", row)
        for image, paths in sorted({(each.image or "", each.image_paths) for each in sketches}):
            for number, path in enumerate(paths, 1):
                instance = {
                    "SeriesInstanceUID": image,
                    "SOPInstanceUID": f"{image}.{number}",
                    "file_path": path,
                    "header_hash": f"{image}-{number}",
                    "position_mm": float(number),
                }
                _insert(connection, "image_instances", instance)
        connection.commit()


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(
        f"insert into rtstruct.{table} ({', '.join(row)}) values ({marks})", list(row.values())
    )


@dataclass(frozen=True)
class Road:
    """A home with a catalog, and the command `convert` on it."""

    home: Home

    @property
    def out(self) -> Path:
        return self.home.masks

    def catalog(self, *sketches: Sketch) -> Road:
        write_catalog(self.home, sketches)
        return self

    def convert(
        self, where: str = "true", redo: Redo = "none", workers: int = 2, **options: Any
    ) -> ConversionCounts:
        out = options.pop("out", self.out)
        request = Request(self.home.root, self.home.registry, out, Options(**options), redo)
        return convert(
            request,
            select(self.home, where)[0],
            command="convert",
            parameters={},
            runner=processes(workers, obedient),
        ).counts

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.registry), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """The registry without what differs from run to run, in a fixed order."""
        varying = "exclude (run_id, task_id, registered, seconds)"
        tables = {"conversions": varying, "masks": "", "points": "", "roi_failures": ""}
        return {
            table: self.sql(f"select * {clause} from {table} order by all")
            for table, clause in tables.items()
        }

    def check_whole(self) -> None:
        """Each row has its file, each file its row, and nothing else lies about."""
        named = "select path from masks union select reference_path from masks"
        paths = {row[0] for row in self.sql(named) if row[0]}
        assert paths == {
            path.relative_to(self.home.root).as_posix()
            for path in self.out.rglob("*")
            if path.is_file() and path.name not in ("ATTRIBUTION.md", "provenance.json")
        }
        assert not (self.out / ".rtstruct-staging").exists()
