"""The grid of an image series, whatever lies beside its slices."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RTDoseStorage, generate_uid

from rtstruct.dicom.image_series import read_image_series
from rtstruct.errors import RtstructError
from support.dicom_files import FRAME, SERIES, enhanced, file_of, files_in, slice_of, write_series

ORIGINS = np.array([[-20.0, -30.0, 3.0 * k] for k in range(5)])


def test_slices_in_any_order_of_files(tmp_path: Path) -> None:
    series = read_image_series(write_series(tmp_path, ORIGINS, spacing=(1.5, 2.0)), SERIES)
    assert series.grid.shape == (5, 26, 30)
    assert series.grid.spacing_mm == (3.0, 1.5, 2.0)
    assert np.array_equal(series.grid.slice_origins, ORIGINS)
    assert series.FrameOfReferenceUID == FRAME
    assert not series.dropped


def test_what_lies_beside_the_slices_is_left_out_and_counted(tmp_path: Path) -> None:
    write_series(tmp_path, ORIGINS)
    sagittal = np.array([[0.0, 1, 0], [0, 0, -1]])
    (tmp_path / "notes.txt").write_text("no DICOM")
    (tmp_path / "empty.dcm").write_bytes(b"")
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "0001.dcm").read_bytes()[:600])
    (tmp_path / "twice.dcm").write_bytes((tmp_path / "0001.dcm").read_bytes())
    beside = {
        "decoy": slice_of(ORIGINS[0] + 0.5, SeriesInstanceUID=generate_uid()),
        "scout": slice_of(ORIGINS[0] + 9, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        "sagittal": slice_of(ORIGINS[0] + 9, axes=sagittal),
        "small": slice_of(ORIGINS[0] + 9, shape=(13, 15)),
        "dose": slice_of(ORIGINS[0] + 1, Modality="RTDOSE", SOPClassUID=RTDoseStorage),
        "report": file_of("1.2.840.10008.5.1.4.1.1.88.11", SeriesInstanceUID=SERIES, Modality="SR"),
    }
    for name, dataset in beside.items():
        dataset.save_as(tmp_path / f"{name}.dcm")
    series = read_image_series(files_in(tmp_path), SERIES)
    assert series.grid.kind == "uniform"
    assert np.array_equal(series.grid.slice_origins, ORIGINS)
    assert series.dropped == {
        "not_dicom": 2,
        "truncated_file": 1,
        "duplicate": 1,
        "other_series": 1,
        "localizer": 1,
        "other_plane": 2,
        "no_position": 2,
    }


def test_several_images_at_one_position_are_one_slice(tmp_path: Path) -> None:
    write_series(tmp_path / "first echo", ORIGINS)
    write_series(tmp_path / "second echo", ORIGINS)
    files = files_in(tmp_path / "first echo") + files_in(tmp_path / "second echo")
    assert read_image_series(files, SERIES).grid.shape[0] == 5


@pytest.mark.parametrize("tilt", [0.0, 0.4])
def test_an_enhanced_multi_frame_image_gives_the_grid_of_its_frames(
    tmp_path: Path, tilt: float
) -> None:
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)]])
    normal = np.cross(*turn)
    origins = np.array([-20.0, -30, 7]) + np.outer([6, 0, 3, 9], normal)
    enhanced(origins, turn, (1.5, 2.0)).save_as(tmp_path / "all.dcm")
    grid = read_image_series(files_in(tmp_path), SERIES).grid
    assert (grid.kind, grid.shape) == ("uniform", (4, 26, 30))
    assert np.allclose(grid.spacing_mm, (3.0, 1.5, 2.0))
    assert np.allclose(grid.slice_origins, origins[[1, 2, 0, 3]], atol=1e-6)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_encodings(tmp_path: Path, syntax: str) -> None:
    for k, origin in enumerate(ORIGINS):
        dataset = slice_of(origin)
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset["PixelData"].VR = "OW"
        dcmwrite(tmp_path / f"{k}.dcm", dataset)
    grid = read_image_series(files_in(tmp_path), SERIES).grid
    assert np.array_equal(grid.slice_origins, ORIGINS)
    assert grid.shape == (5, 26, 30)


@pytest.mark.parametrize("size", [3000, 5000, 100_000, 2_000_000])
def test_headers_of_any_length(tmp_path: Path, size: int) -> None:
    for k, origin in enumerate(ORIGINS):
        dataset = slice_of(origin)
        dataset.add_new(0x00191001, "OB", bytes(size))
        dataset.save_as(tmp_path / f"{k}.dcm")
    assert read_image_series(files_in(tmp_path), SERIES).grid.shape == (5, 26, 30)


def test_slices_in_a_zip_archive(tmp_path: Path) -> None:
    files = write_series(tmp_path / "series", ORIGINS)
    archive = tmp_path / "series.zip"
    with ZipFile(archive, "w") as writer:
        for path, _ in files:
            writer.write(path, f"deep/{path[-8:]}")
    members = [(str(archive), f"deep/{path[-8:]}") for path, _ in files]
    assert np.array_equal(read_image_series(members, SERIES).grid.slice_origins, ORIGINS)


def test_a_file_that_is_gone_is_a_missing_slice(tmp_path: Path) -> None:
    write_series(tmp_path, ORIGINS)
    third = next(path for path in tmp_path.iterdir() if b"\\6.000000000" in path.read_bytes())
    files = files_in(tmp_path)
    third.unlink()
    series = read_image_series(files, SERIES)
    assert (series.grid.kind, series.grid.missing_slices) == ("completed", (2,))
    assert series.dropped == {"unreadable_file": 1}


def test_numbers_that_are_none_are_told(tmp_path: Path) -> None:
    for path, _ in write_series(tmp_path, ORIGINS):
        good = Path(path).read_bytes()
        Path(path).write_bytes(good.replace(b"1.000000000\\1", b"1.0000x0000\\1"))
    with pytest.raises(RtstructError) as caught:
        read_image_series(files_in(tmp_path), SERIES)
    assert caught.value.code == "invalid_geometry"
    assert "1.0000x0000" in caught.value.message


def test_a_series_without_images_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no DICOM")
    with pytest.raises(RtstructError) as caught:
        read_image_series(files_in(tmp_path), SERIES)
    assert caught.value.code == "no_images"


def test_real_series(shared_dicom: Path) -> None:
    lung = read_image_series(files_in(shared_dicom / "idc-nsclc_radiomics-LUNG1-001/CT"))
    assert (lung.grid.shape, lung.grid.kind) == ((134, 512, 512), "uniform")
    assert lung.grid.spacing_mm == (3.0, 0.9765625, 0.9765625)
    oblique = read_image_series(
        files_in(shared_dicom / "idc-soft_tissue_sarcoma-STS_001-MR_T2-oblique/MR")
    )
    assert (oblique.grid.shape, oblique.grid.kind) == ((40, 384, 384), "uniform")
    assert oblique.grid.spacing_mm == pytest.approx((5.2, 0.5234375, 0.5234375))
    oncentra = read_image_series(files_in(shared_dicom / "rtkit-oncentra-phantom/CT"))
    assert (oncentra.grid.shape, oncentra.grid.spacing_mm[0]) == ((5, 171, 512), 75.0)
