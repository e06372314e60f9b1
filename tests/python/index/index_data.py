"""DICOM made on the spot, and the index read back with DuckDB alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage

from rtstruct.index.run import IndexResult, index_paths
from rtstruct.progress import silent

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[dict[str, Any]]


def dataset(sop_class: str, uid: str, **elements: Any) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = sop_class
    made.SOPInstanceUID = uid
    made.PatientID = "patient"
    made.StudyInstanceUID = "1.2.3"
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def ct(uid: str = "1.2.3.1", pixels: int = 512, **elements: Any) -> Dataset:
    """A CT slice of ``pixels`` x ``pixels``."""
    made = dataset(CTImageStorage, uid, Modality="CT", SeriesInstanceUID="1.2.3.0", **elements)
    made.Rows = made.Columns = pixels
    made.BitsAllocated, made.SamplesPerPixel = 16, 1
    made.PixelData = b"\x2a\0" * pixels * pixels
    return made


def structure_set(uid: str = "1.2.4.1", names: tuple[str, ...] = ("Lung",), **more: Any) -> Dataset:
    """A structure set with one triangle per name, at z = 10 mm times the ROI's number."""
    made = dataset(
        RTStructureSetStorage, uid, Modality="RTSTRUCT", SeriesInstanceUID="1.2.4.0", **more
    )
    made.StructureSetROISequence = []
    made.ROIContourSequence = []
    for number, name in enumerate(names, start=1):
        roi, drawn, contour = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        contour.ContourGeometricType = "CLOSED_PLANAR"
        z = 10 * number
        contour.NumberOfContourPoints = 3
        contour.ContourData = [0, 0, z, 5, 0, z, 0, 5, z]
        drawn.ReferencedROINumber = number
        drawn.ContourSequence = [contour]
        made.StructureSetROISequence.append(roi)
        made.ROIContourSequence.append(drawn)
    return made


def save(made: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)
    return path


class Indexer:
    """Runs the index on folders, and reads its two tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files_path = path.with_name("dicom_all_files.parquet")

    def __call__(self, *paths: Path, forget: tuple[Path, ...] = ()) -> IndexResult:
        return index_paths(paths, self.path, silent, forget)

    def rows(self, columns: str = "*") -> Rows:
        return self._read(self.path, columns)

    def files(self) -> Rows:
        return self._read(self.files_path, "*")

    def outcomes(self) -> dict[str, str]:
        """File name, or member name, -> outcome."""
        return {
            row["archive_member"] or row["file_path"].rpartition("/")[2]: row["outcome"]
            for row in self.files()
        }

    def _read(self, path: Path, columns: str) -> Rows:
        found = duckdb.sql(
            f"select {columns} from read_parquet('{path}') order by file_path, archive_member"
        )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
