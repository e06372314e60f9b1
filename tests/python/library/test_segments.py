"""Segments of DICOM Segmentations, written by others, as masks and as training sets."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK
from highdicom.sr.coding import CodedConcept
from pydicom.uid import generate_uid

import rtstruct
from rtstruct.cli import main

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from library.conftest import Session

pytestmark = pytest.mark.xdist_group("library")

PATIENT = "CT-ENGLISH"
ORGAN = CodedConcept("123037004", "SCT", "Anatomical Structure")
CODES = {"Liver": "10200004", "Spleen": "78961009"}


def balls(shape: tuple[int, ...]) -> dict[str, NDArray[np.bool_]]:
    """(slices, rows, columns) of two structures that do not touch."""
    k, j, i = np.indices(shape)
    return {
        "Liver": ((k - 12) ** 2 + ((j - 30) / 2) ** 2 + ((i - 25) / 3) ** 2) < 25,
        "Spleen": ((k - 14) ** 2 + ((j - 60) / 2) ** 2 + ((i - 70) / 2) ** 2) < 16,
    }


def by_dcmqi(folder: Path, images: Path, truth: SimpleITK.Image) -> None:
    """A Segmentation by dcmqi, of a label map."""
    attributes = [
        {
            "labelID": number,
            "SegmentDescription": name,
            "SegmentLabel": name,
            "SegmentAlgorithmType": "MANUAL",
            "SegmentedPropertyCategoryCodeSequence": {
                "CodeValue": ORGAN.value,
                "CodingSchemeDesignator": "SCT",
                "CodeMeaning": ORGAN.meaning,
            },
            "SegmentedPropertyTypeCodeSequence": {
                "CodeValue": code,
                "CodingSchemeDesignator": "SCT",
                "CodeMeaning": name,
            },
        }
        for number, (name, code) in enumerate(CODES.items(), 1)
    ]
    meta = {
        "ContentCreatorName": "Reader^One",
        "SeriesDescription": "by dcmqi",
        "SeriesNumber": "300",
        "InstanceNumber": "1",
        "segmentAttributes": [attributes],
    }
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(meta))
    SimpleITK.WriteImage(truth, str(folder / "labels.nrrd"))
    subprocess.run(
        [
            Path(sys.executable).with_name("itkimage2segimage"),
            *("--inputImageList", folder / "labels.nrrd", "--inputDICOMDirectory", images),
            *("--inputMetadata", folder / "meta.json", "--outputDICOM", folder / "dcmqi.dcm"),
            "--skip",
        ],
        check=True,
        capture_output=True,
    )


def by_highdicom(
    path: Path, images: list[pydicom.Dataset], pixels: NDArray[Any], kind: str
) -> None:
    """A Segmentation by highdicom, of pixels in the order of the images."""
    described = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"{name} {kind.lower()}",
            segmented_property_category=ORGAN,
            segmented_property_type=CodedConcept(code, "SCT", name),
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, (name, code) in enumerate(CODES.items(), 1)
    ]
    highdicom.seg.Segmentation(
        source_images=images,
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid=generate_uid(entropy_srcs=["series", kind]),
        series_number=301,
        sop_instance_uid=generate_uid(entropy_srcs=["instance", kind]),
        instance_number=1,
        manufacturer="Test",
        manufacturer_model_name="Test",
        software_versions="1",
        device_serial_number="1",
        max_fractional_value=200,
    ).save_as(path)


@pytest.fixture(scope="module")
def segmented(
    guide: Session, tmp_path_factory: pytest.TempPathFactory
) -> tuple[rtstruct.Workspace, dict[str, NDArray[np.bool_]]]:
    """A catalog of one image series and three Segmentations of it; and what was painted."""
    images = guide.folder / "rtstruct-demo" / "phantom_cohort" / PATIENT / "image"
    folder = tmp_path_factory.mktemp("segmented")
    datasets = [pydicom.dcmread(path) for path in images.iterdir()]
    datasets.sort(key=lambda dataset: float(dataset.ImagePositionPatient[2]))
    image = rtstruct.read_image_series(images)
    truth = balls(image.shape)
    labels = np.zeros(image.shape, dtype=np.uint8)
    for number, name in enumerate(CODES, 1):
        labels[truth[name]] = number
    stored = SimpleITK.GetImageFromArray(labels)
    stored.CopyInformation(image.to_sitk())
    by_dcmqi(folder / "seg", images, stored)
    # Others hold slices in any order.
    shuffled = np.random.default_rng(7).permutation(len(datasets))
    sources = [datasets[n] for n in shuffled]
    by_highdicom(folder / "seg" / "labelmap.dcm", sources, labels[shuffled], "LABELMAP")
    shares = np.stack([np.where(truth[name], 0.9, 0.3) for name in CODES], axis=-1)
    shares[0] = 0  # a slice that is empty
    by_highdicom(folder / "seg" / "fractional.dcm", sources, shares[shuffled], "FRACTIONAL")
    workspace = rtstruct.open(folder / "home")
    workspace.index([images, folder / "seg"])
    workspace.build()
    return workspace, truth


def test_segments_of_dcmqi_and_highdicom_are_what_was_painted(
    segmented: tuple[rtstruct.Workspace, dict[str, NDArray[np.bool_]]],
) -> None:
    workspace, truth = segmented
    masks = list(workspace.segments("true"))
    assert sorted((mask.ROIName, mask.row["SegmentationType"]) for mask in masks) == [
        ("Liver", "BINARY"),
        ("Liver fractional", "FRACTIONAL"),
        ("Liver labelmap", "LABELMAP"),
        ("Spleen", "BINARY"),
        ("Spleen fractional", "FRACTIONAL"),
        ("Spleen labelmap", "LABELMAP"),
    ]
    for mask in masks:
        expected = truth[mask.ROIName.partition(" ")[0]]
        assert np.array_equal(mask.array, expected)
        assert mask.volume_mL == pytest.approx(expected.sum() * np.prod(mask.spacing) / 1000)
        assert mask.row["structure"] == mask.ROIName.partition(" ")[0]
        assert mask.image.array.shape == expected.shape


def test_the_background_of_a_label_map_is_no_segment(
    segmented: tuple[rtstruct.Workspace, dict[str, NDArray[np.bool_]]],
) -> None:
    rows = segmented[0].sql(
        "select SegmentNumber from segments where SegmentationType = 'LABELMAP' order by 1"
    )
    assert rows.fetchall() == [(1,), (2,)]


def test_a_segment_without_its_image_is_told(
    segmented: tuple[rtstruct.Workspace, dict[str, NDArray[np.bool_]]], tmp_path: Path
) -> None:
    import duckdb

    (tmp_path / "catalog.duckdb").write_bytes((segmented[0].folder / "catalog.duckdb").read_bytes())
    with duckdb.connect(tmp_path / "catalog.duckdb") as connection:
        connection.execute("delete from rtstruct.image_instances")
    with pytest.warns(rtstruct.MissingMaskWarning, match="^image_absent: segment 1 of ") as told:
        assert list(rtstruct.open(tmp_path).segments("SegmentLabel = 'Liver'")) == []
    assert told[0].filename == __file__


def test_a_training_set_of_segments(
    segmented: tuple[rtstruct.Workspace, dict[str, NDArray[np.bool_]]], tmp_path: Path
) -> None:
    workspace, truth = segmented
    report = workspace.export(
        "SegmentationType = 'BINARY'", tmp_path / "set", "nnunet", source="segments"
    )
    assert (report.cases, report.labels) == (1, {"Liver": 1, "Spleen": 2})
    (label_path,) = (tmp_path / "set" / "labelsTr").iterdir()
    (image_path,) = (tmp_path / "set" / "imagesTr").iterdir()
    label, image = SimpleITK.ReadImage(str(label_path)), SimpleITK.ReadImage(str(image_path))
    values = SimpleITK.GetArrayFromImage(label)
    for name, number in report.labels.items():
        assert np.array_equal(values == number, truth[name])
    assert label.GetOrigin() == image.GetOrigin()
    assert label.GetDirection() == image.GetDirection()
    assert image_path.name.startswith(PATIENT)
    left = [path.name for path in workspace.folder.iterdir() if path.name.startswith("segments")]
    assert left == []


def test_the_command_exports_segments(
    segmented: tuple[rtstruct.Workspace, dict[str, NDArray[np.bool_]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace, truth = segmented
    monkeypatch.setenv("RTSTRUCT_HOME", str(workspace.folder))
    words = ["export", "--from", "segments", "--layout", "pyradiomics", "--out", str(tmp_path)]
    assert main([*words, "--where", "SegmentLabel = 'Spleen labelmap'"]) == 0
    assert capsys.readouterr().out.startswith("1 case, 0 for testing, in ")
    (row,) = csv.DictReader((tmp_path / "cases.csv").open())
    mask = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / row["Mask"])))
    assert np.array_equal(mask > 0, truth["Spleen"])
    assert main([*words, "--where", "nonsense = 1"]) == 2
    assert "is not a condition on segments" in capsys.readouterr().err
