"""`convert --format seg`: DICOM Segmentation as other people's readers see it."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK

from conversion.worker_task import (
    COLUMNS,
    CORNER,
    ROWS,
    SLICES,
    TILTED,
    ROIs,
    convert,
    drawn,
    origins_of,
    voxels_of,
)
from rtstruct.conversion.task import Options
from support.dicom_files import AXIAL, contour, enhanced, write_series
from support.segmentation_task import (
    BODY,
    PLANES,
    RING,
    SHAPE,
    STUDY,
    TARGET,
    file_of,
    seg_task,
)
from support.slow_rule import circle, volume

if TYPE_CHECKING:
    from rtstruct.conversion.task import ConversionTask, Outcome


def by_hand(path: Path, slices: np.ndarray) -> np.ndarray:
    """(segments, slices, rows, columns) by pydicom alone, slices found by their positions."""
    dataset = pydicom.dcmread(path)
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    (shared,) = dataset.SharedFunctionalGroupsSequence
    found = np.zeros((len(dataset.SegmentSequence), len(slices), *frames.shape[1:]), dtype=np.uint8)
    for frame, item in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        assert not shared.keys() & item.keys()
        position = np.array(item.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        distance = np.linalg.norm(slices - position, axis=1)
        assert distance.min() < 1e-6
        number = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        found[number - 1, int(distance.argmin())] = frame
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, ConversionTask]:
    folder = tmp_path_factory.mktemp("seg")
    task = seg_task(folder)
    outcome = convert(task, folder)
    return file_of(outcome, folder), outcome, task


def test_every_segment_reads_back_by_three_readers(
    made: tuple[Path, Outcome, ConversionTask], tmp_path: Path
) -> None:
    path, outcome, task = made
    expected = np.array([volume(planes, SHAPE) for planes in PLANES]).astype(np.uint8)
    # NIfTI of the same input is the same masks.
    nifti = convert(replace(task, options=Options()), tmp_path)
    for number, mask in zip((2, 5, 7, 8), expected, strict=True):
        assert np.array_equal(voxels_of(nifti, tmp_path, number), mask)
    assert np.array_equal(by_hand(path, origins_of()), expected)
    seg = highdicom.seg.segread(path)
    uids = [
        pydicom.dcmread(name, specific_tags=["ImagePositionPatient", "SOPInstanceUID"])
        for name in sorted((path.parents[2] / "ct").iterdir())
    ]
    uids.sort(key=lambda dataset: dataset.ImagePositionPatient[2])
    read = seg.get_pixels_by_source_instance(
        [dataset.SOPInstanceUID for dataset in uids],
        segment_numbers=[1, 2, 3],
        assert_missing_frames_are_empty=True,
    )
    assert np.array_equal(np.moveaxis(read, -1, 0), expected[:3])
    subprocess.run(
        [Path(sys.executable).with_name("segimage2itkimage"), "--inputDICOM", path,
         "--outputDirectory", tmp_path, "--outputType", "nii"],
        check=True, capture_output=True,
    )  # fmt: skip
    for number in (1, 2, 3):
        image = SimpleITK.ReadImage(str(tmp_path / f"{number}.nii.gz"))
        volume_of = SimpleITK.Resample(
            image, [COLUMNS, ROWS, SLICES], SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor,
            CORNER.tolist(), [1, 1, 3],
        )  # fmt: skip
        assert np.array_equal(SimpleITK.GetArrayFromImage(volume_of) != 0, expected[number - 1])
    meta = json.loads((tmp_path / "meta.json").read_text(encoding="utf-8"))
    (lung,) = (part for (part,) in meta["segmentAttributes"] if part["labelID"] == 2)
    assert lung["SegmentedPropertyTypeCodeSequence"]["CodeMeaning"] == "Lung"
    assert lung["recommendedDisplayRGBValue"] == pytest.approx([255, 0, 0], abs=3)
    assert [(mask.ROINumber, mask.label) for mask in outcome.masks] == [
        (7, 3), (2, 1), (5, 2), (8, 4),
    ]  # fmt: skip
    assert {mask.format for mask in outcome.masks} == {"seg"}


def test_segments_say_what_they_are(made: tuple[Path, Outcome, ConversionTask]) -> None:
    path, _, task = made
    dataset = pydicom.dcmread(path)
    body, lung, target, _ = dataset.SegmentSequence

    def code(item: pydicom.Dataset, keyword: str) -> tuple[str, str]:
        (found,) = item[keyword].value
        return found.CodeValue, found.CodingSchemeDesignator

    assert [item.SegmentLabel for item in (body, lung, target)] == ["Kö_rper", "Lung_L", "PTV 60"]
    assert code(lung, "SegmentedPropertyCategoryCodeSequence") == ("91723000", "SCT")
    assert code(lung, "SegmentedPropertyTypeCodeSequence") == ("39607008", "SCT")
    (kind,) = lung.SegmentedPropertyTypeCodeSequence
    assert code(kind, "SegmentedPropertyTypeModifierCodeSequence") == ("7771000", "SCT")
    assert code(target, "SegmentedPropertyTypeCodeSequence") == ("228793007", "SCT")
    # The side is that of the place where the target lies.
    assert code(target, "AnatomicRegionSequence") == ("39607008", "SCT")
    (region,) = target.AnatomicRegionSequence
    assert code(region, "AnatomicRegionModifierSequence") == ("7771000", "SCT")
    (kind,) = target.SegmentedPropertyTypeCodeSequence
    assert "SegmentedPropertyTypeModifierCodeSequence" not in kind
    assert code(body, "SegmentedPropertyTypeCodeSequence") == ("85756007", "SCT")
    algorithms = [item.SegmentAlgorithmType for item in (body, lung, target)]
    assert algorithms == ["SEMIAUTOMATIC", "AUTOMATIC", "MANUAL"]
    assert len({item.TrackingUID for item in dataset.SegmentSequence}) == 4
    assert dataset.SegmentsOverlap == "YES"
    assert (str(dataset.PatientName), dataset.PatientID) == ("Ärger^Öde", "P1")
    assert dataset.ContentDate == "20200102"
    # Empty frames are left out, and every frame names its image; the file names its structure set.
    assert dataset.NumberOfFrames == len(BODY) + len(RING) + len(TARGET)
    slices = {
        pydicom.dcmread(name).SOPInstanceUID: pydicom.dcmread(name).ImagePositionPatient
        for name in (path.parents[2] / "ct").iterdir()
    }
    for item in dataset.PerFrameFunctionalGroupsSequence:
        (source,) = item.DerivationImageSequence[0].SourceImageSequence
        position = slices[source.ReferencedSOPInstanceUID]
        assert item.PlanePositionSequence[0].ImagePositionPatient == pytest.approx(position)
    (work,) = task.structure_sets
    (named,) = dataset.SourceInstanceSequence
    assert named.ReferencedSOPInstanceUID == work.file.SOPInstanceUID
    listed = [series.SeriesInstanceUID for series in dataset.ReferencedSeriesSequence]
    assert listed == [task.image.SeriesInstanceUID, work.provenance.SeriesInstanceUID]


def test_nothing_that_the_standard_requires_is_missing(
    made: tuple[Path, Outcome, ConversionTask],
) -> None:
    """highdicom carries the standard's tables of modules and attributes."""
    from highdicom._standard_utils import get_iod_module_map, get_module_attribute_map

    dataset = pydicom.dcmread(made[0])
    modules = [m["key"] for m in get_iod_module_map()["segmentation"] if m["usage"] == "M"]
    assert {"segmentation-image", "general-series", "patient", "sop-common"} <= set(modules)
    allowed = {m["key"] for m in get_iod_module_map()["segmentation"]}
    attributes = get_module_attribute_map()
    top = [row for module in modules for row in attributes[module] if not row["path"]]
    required = {row["keyword"] for row in top if row["type"] in ("1", "2")}
    assert len(required) > 30
    assert not {keyword for keyword in required if keyword not in dataset}
    type_1 = {row["keyword"] for row in top if row["type"] == "1"}
    assert not {keyword for keyword in type_1 if dataset[keyword].is_empty}
    known = {row["keyword"] for module in allowed for row in attributes[module] if not row["path"]}
    assert not {element.keyword for element in dataset} - known


def test_the_same_input_gives_the_same_bytes_and_other_input_another_instance(
    made: tuple[Path, Outcome, ConversionTask], tmp_path: Path
) -> None:
    path, outcome, task = made
    again = convert(task, tmp_path / "again")
    assert [mask.sha256 for mask in again.masks] == [mask.sha256 for mask in outcome.masks]
    (work,) = task.structure_sets
    fewer = replace(task, structure_sets=(replace(work, rois=work.rois[:2]),))
    other = file_of(convert(fewer, tmp_path / "other"), tmp_path / "other")
    one, two = pydicom.dcmread(path), pydicom.dcmread(other)
    assert one.SOPInstanceUID != two.SOPInstanceUID
    # The same ROI can be followed from one file to the other.
    assert one.SegmentSequence[0].TrackingUID == two.SegmentSequence[0].TrackingUID


IRREGULAR = CORNER + np.outer([0, 3, 6, 10, 13, 16, 21, 24.0], [0, 0, 1])
SHEARED = origins_of() + np.outer(np.arange(SLICES) * 0.8, [0, 1, 0])


@pytest.mark.parametrize(
    ("origins", "axes"),
    [(IRREGULAR, AXIAL), (SHEARED, AXIAL), (origins_of(TILTED), TILTED)],
    ids=["irregular", "tilted gantry", "double oblique"],
)
def test_slices_lie_where_they_truly_are(
    tmp_path: Path, origins: np.ndarray, axes: np.ndarray
) -> None:
    planes = {k: [circle(14, 12, 6)] for k in range(1, 7)}
    contours = [contour(origins[k] + polygon @ axes) for k in planes for polygon in planes[k]]
    files = write_series(tmp_path / "ct", origins, axes=axes, **STUDY)
    task = seg_task(tmp_path, {(1, "ball"): contours}, files=files)
    outcome = convert(task, tmp_path)
    assert outcome.status == "done"
    path = file_of(outcome, tmp_path)
    expected = volume(planes, SHAPE)
    assert np.array_equal(by_hand(path, origins)[0], expected)
    if origins is IRREGULAR:
        (mask,) = outcome.masks
        borders = np.array([-1.5, 1.5, 4.5, 8, 11.5, 14.5, 18.5, 22.5, 25.5])
        thickness = np.diff(borders)
        assert mask.mask_volume_mL == pytest.approx(expected.sum(axis=(1, 2)) @ thickness / 1000)


def test_frames_of_a_multi_frame_image_are_named(tmp_path: Path) -> None:
    path = tmp_path / "ct" / "enhanced.dcm"
    path.parent.mkdir()
    dataset = enhanced(origins_of(), AXIAL, (1.0, 1.0))
    dataset.update({"StudyInstanceUID": STUDY["StudyInstanceUID"], "PatientID": "P1"})
    dataset.save_as(path)
    task = seg_task(tmp_path, {(1, "target"): drawn(TARGET)}, files=[(str(path), None)])
    made = file_of(convert(task, tmp_path), tmp_path)
    frames = pydicom.dcmread(made).PerFrameFunctionalGroupsSequence
    sources = [item.DerivationImageSequence[0].SourceImageSequence[0] for item in frames]
    assert [source.ReferencedFrameNumber for source in sources] == [4, 6]
    assert {source.ReferencedSOPClassUID for source in sources} == {dataset.SOPClassUID}
    expected = volume(TARGET, SHAPE)
    read = highdicom.seg.segread(made).get_pixels_by_source_frame(
        dataset.SOPInstanceUID, list(range(1, 9)), assert_missing_frames_are_empty=True
    )
    assert np.array_equal(read[..., 0], expected)


def test_resampled_masks_are_segments_too(tmp_path: Path) -> None:
    rois: ROIs = {(1, "ring"): drawn(RING)}
    task = seg_task(tmp_path, rois, options=Options(format="seg", resample=(1.5, 1.5, 2.0)))
    path = file_of(convert(task, tmp_path), tmp_path)
    nifti = convert(
        replace(task, options=replace(task.options, format="nifti")), tmp_path / "nifti"
    )
    image = SimpleITK.ReadImage(str(tmp_path / "nifti" / nifti.masks[0].path))
    expected = SimpleITK.GetArrayFromImage(image)
    slices = [image.TransformIndexToPhysicalPoint((0, 0, k)) for k in range(image.GetDepth())]
    dataset = pydicom.dcmread(path)
    frames = dataset.pixel_array
    (measures,) = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    assert (*measures.PixelSpacing, measures.SpacingBetweenSlices) == (1.5, 1.5, 2)
    for frame, item in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        position = np.array(item.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        distance = np.linalg.norm(np.array(slices) - position, axis=1)
        assert distance.min() < 1e-3
        assert np.array_equal(frame, expected[distance.argmin()])
    assert len(frames) == np.count_nonzero(expected.any(axis=(1, 2)))


def test_what_is_no_date_is_left_out(tmp_path: Path) -> None:
    wrong = {"StudyDate": "ANON", "StudyTime": "12:30", "PatientBirthDate": "19300231"}
    with warnings.catch_warnings(record=True):
        files = write_series(tmp_path / "ct", origins_of(), **{**STUDY, **wrong})
        dates = {"StructureSetDate": "20200231", "StructureSetTime": "250000"}
        task = seg_task(tmp_path, {(1, "ring"): drawn(RING)}, files=files, **dates)
    # A warning would show a birthday to whoever reads the log.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = file_of(convert(task, tmp_path), tmp_path)
    with warnings.catch_warnings(record=True):
        dataset = pydicom.dcmread(path)
    assert not any(dataset[keyword].value for keyword in wrong)
    assert (dataset.ContentDate, dataset.ContentTime) == ("19000101", "000000")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"\x20\x00\x0d\x00UI", b"\x20\x00\x0c\x00UI", "StudyInstanceUID"),
        (b"1.2.826.0.1.3680043.8.498.", b"\xff.2.826.0.1.3680043.8.498.", "codec"),
        (b"\x10\x00\x20\x00LO", b"\x10\x00\x20\x00FD", "multiple of bytes per value"),
    ],
)
def test_headers_that_no_segmentation_can_be_made_from_say_so(
    tmp_path: Path, old: bytes, new: bytes, said: str
) -> None:
    files = write_series(tmp_path / "ct", origins_of(), **STUDY)
    for name, _ in files:
        path = Path(name)
        damaged = path.read_bytes().replace(old, new)
        assert damaged != path.read_bytes()
        path.write_bytes(damaged)
    outcome = convert(seg_task(tmp_path, {(1, "ring"): drawn(RING)}, files=files), tmp_path)
    assert (outcome.status, outcome.error_code) == ("failed", "seg_not_written")
    assert said in str(outcome.message)


def test_what_became_of_the_identity_of_the_patient_is_carried_on(tmp_path: Path) -> None:
    code = pydicom.Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    said = {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "by hand",
        "DeidentificationMethodCodeSequence": [code],
        "LongitudinalTemporalInformationModified": "MODIFIED",
    }
    files = write_series(tmp_path / "ct", origins_of(), **STUDY, **said)
    path = file_of(convert(seg_task(tmp_path, files=files), tmp_path), tmp_path)
    dataset = pydicom.dcmread(path)
    assert {name: dataset[name].value for name in said} == said
    assert "PatientIdentityRemoved" not in pydicom.dcmread(
        file_of(convert(seg_task(tmp_path / "plain"), tmp_path / "plain"), tmp_path / "plain")
    )
