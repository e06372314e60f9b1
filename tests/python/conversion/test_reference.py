"""`convert --reference`: the image itself, on the voxels of its masks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread

from conversion.worker_task import (
    COLUMNS,
    CORNER,
    ROWS,
    SLICES,
    convert,
    drawn,
    origins_of,
    task_of,
)
from rtstruct.conversion.task import Options
from rtstruct.home import Home
from rtstruct.write.formats import SUFFIXES
from support.command import Command
from support.dicom_files import AXIAL, enhanced, slice_of, structure_set
from support.stored_images import BALL, LOSSLESS, STORED, write_images
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from rtstruct.conversion.task import Outcome


def image_in(outcome: Outcome, staging: Path) -> SimpleITK.Image:
    (path,) = {mask.reference.path for mask in outcome.masks if mask.reference}
    return SimpleITK.ReadImage(str(staging / path))


@pytest.mark.parametrize("compression", LOSSLESS)
def test_however_it_is_compressed(tmp_path: Path, compression: str) -> None:
    files = write_images(tmp_path / "ct", compression)
    rois = {(1, "ball"): drawn(BALL)}
    task = task_of(tmp_path, rois, files=files, options=Options(reference=True))
    image = image_in(convert(task, tmp_path), tmp_path)
    assert image.GetPixelID() == SimpleITK.sitkInt16
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), STORED.astype(int) - 1024)


@pytest.mark.parametrize("format_", SUFFIXES)
def test_the_image_has_the_voxels_of_the_masks(tmp_path: Path, format_: str) -> None:
    files = write_images(tmp_path / "ct", slope="0.25")
    options = Options(format=format_, reference=True)
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    outcome = convert(task, tmp_path)
    image = image_in(outcome, tmp_path)
    mask = SimpleITK.ReadImage(str(tmp_path / outcome.masks[0].path))
    for fact in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(image, fact)() == pytest.approx(getattr(mask, fact)())
    assert np.allclose(SimpleITK.GetArrayFromImage(image), STORED * 0.25 - 1024)


def test_a_missing_slice_has_the_lowest_value(tmp_path: Path) -> None:
    files = write_images(tmp_path / "ct", positions=np.delete(origins_of(), 4, axis=0))
    options = Options(reference=True)
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    found = SimpleITK.GetArrayFromImage(image_in(convert(task, tmp_path), tmp_path))
    expected = np.insert(STORED[:-1].astype(int) - 1024, 4, 0, axis=0)
    expected[4] = np.delete(expected, 4, axis=0).min()
    assert np.array_equal(found, expected)


def test_frames_of_a_multi_frame_image_are_rescaled_each(tmp_path: Path) -> None:
    dataset = enhanced(origins_of(), AXIAL, (1.0, 1.0))
    dataset.PixelData = STORED.tobytes()
    dataset.SamplesPerPixel, dataset.BitsStored, dataset.HighBit = 1, 16, 15
    dataset.PhotometricInterpretation = "MONOCHROME2"
    for k, item in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        transformation = slice_of(CORNER)
        item.PixelValueTransformationSequence = [
            transformation[("0008", "0060") : ("0008", "0060")]
        ]
        item.PixelValueTransformationSequence[0].RescaleSlope = str(k + 1)
        item.PixelValueTransformationSequence[0].RescaleIntercept = "-5"
    dataset.save_as(tmp_path / "enhanced.dcm")
    files = [(str(tmp_path / "enhanced.dcm"), None)]
    options = Options(reference=True)
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    found = SimpleITK.GetArrayFromImage(image_in(convert(task, tmp_path), tmp_path))
    slopes = np.arange(1, SLICES + 1)[:, None, None]
    assert np.array_equal(found, STORED.astype(int) * slopes - 5)


@pytest.mark.parametrize("slope", ["abc", "1\\2", "nan", "1E300"])
def test_a_slope_that_is_no_number_fails_the_structure_set(tmp_path: Path, slope: str) -> None:
    files = write_images(tmp_path / "ct", slope="12345678")
    for name, _ in files:
        path = Path(name)
        path.write_bytes(path.read_bytes().replace(b"12345678", slope.encode().ljust(8)))
    task = task_of(
        tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=Options(reference=True)
    )
    outcome = convert(task, tmp_path)
    assert (outcome.status, outcome.error_code) == ("failed", "image_not_decoded")


def test_large_numbers_do_not_wrap_round(tmp_path: Path) -> None:
    files = write_images(tmp_path / "ct", slope="1000000000")
    task = task_of(
        tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=Options(reference=True)
    )
    image = image_in(convert(task, tmp_path), tmp_path)
    expected = (STORED * 1e9 - 1024).astype(np.float32)
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), expected)


def test_resampled_as_the_masks_are(tmp_path: Path) -> None:
    files = write_images(tmp_path / "ct")
    options = Options(reference=True, resample=(0.8, 1.7, 1.5))
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    outcome = convert(task, tmp_path)
    image = image_in(outcome, tmp_path)
    mask = SimpleITK.ReadImage(str(tmp_path / outcome.masks[0].path))
    assert (image.GetSize(), image.GetSpacing()) == (mask.GetSize(), mask.GetSpacing())
    assert image.GetOrigin() == pytest.approx(mask.GetOrigin())
    found = SimpleITK.GetArrayFromImage(image)
    low = int(STORED.min()) - 1024
    # One voxel at a time: bilinear on the slice whose slab holds the middle.
    for k, j, i in np.random.default_rng(4).integers(0, found.shape, (300, 3)).tolist():
        x, y, z = np.array(image.TransformIndexToPhysicalPoint((i, j, k))) - CORNER
        slab = int(np.floor(z / 3 + 0.5 + 1e-6))
        if not (-0.5 <= x < COLUMNS - 0.5 and -0.5 <= y < ROWS - 0.5 and 0 <= slab < SLICES):
            assert found[k, j, i] == low
            continue
        plane = np.pad(STORED[slab].astype(float) - 1024, 1, mode="edge")
        x, y = x + 1, y + 1
        a, b = int(np.floor(y)), int(np.floor(x))
        corner = plane[a : a + 2, b : b + 2]
        weights = np.outer([1 - (y - a), y - a], [1 - (x - b), x - b])
        assert found[k, j, i] == pytest.approx((corner * weights).sum(), abs=0.51)


def test_pixels_that_cannot_be_decoded_fail_the_structure_set_with_a_hint(tmp_path: Path) -> None:
    files = write_images(tmp_path / "ct")
    for path, _ in files:
        dataset = dcmread(path)
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
        dataset.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x02\x00\x00\x00ab"
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.save_as(path)
    rois = {(1, "ball"): drawn(BALL)}
    task = task_of(tmp_path, rois, files=files, options=Options(reference=True))
    outcome = convert(task, tmp_path)
    assert (outcome.status, outcome.error_code, outcome.masks) == (
        "failed",
        "image_not_decoded",
        (),
    )
    assert convert(replace(task, options=Options()), tmp_path / "masks only").status == "done"


@pytest.mark.parametrize("options", [Options(reference=True), Options(format="seg")])
def test_images_that_are_damaged_behind_their_geometry_fail_the_structure_set(
    tmp_path: Path, options: Options
) -> None:
    files = write_images(tmp_path / "ct")
    for name, _ in files:
        before, spacing, after = Path(name).read_bytes().partition(b"\x28\x00\x30\x00DS")
        end = 2 + int.from_bytes(after[:2], "little")
        # A sequence of undefined length, and no item.
        Path(name).write_bytes(
            before + spacing + after[:end] + b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff"
        )
    task = task_of(tmp_path, {(1, "ball"): drawn(BALL)}, files=files, options=options)
    outcome = convert(task, tmp_path)
    assert (outcome.status, outcome.error_code) == ("failed", "invalid_dicom")


def test_the_image_comes_and_goes_with_its_masks(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    files = write_images(tmp_path / "ct")
    dataset = structure_set({(1, "ball"): drawn(BALL), (2, "other"): drawn(BALL)})
    dataset.save_as(tmp_path / "rt.dcm")
    paths = tuple(path for path, _ in files)
    series = dcmread(paths[0]).SeriesInstanceUID
    write_catalog(
        home,
        [
            Sketch(
                dataset.SOPInstanceUID, ["ball", "other"], series,
                file_path=str(tmp_path / "rt.dcm"), image_paths=paths,
            )
        ],
    )  # fmt: skip
    command, road = Command(home), Road(home)

    def images() -> list[str]:
        return sorted(path.name for path in home.masks.rglob("image.*"))

    words = ("convert", "--workers", "1", "--where")
    assert command.run(*words, "true", "--reference")[0] == 0
    (row,) = road.sql("select distinct reference_path, reference_sha256 from masks")
    assert (home.root / row[0]).name == "image.nii.gz"
    assert images() == ["image.nii.gz"]
    next(home.masks.rglob("image.*")).unlink()
    assert command.run(*words, "true", "--reference")[0] == 0
    assert images() == ["image.nii.gz"]
    # Masks on other voxels take its place ROI by ROI; with the last one it goes.
    command.run(*words, "ROIName = 'ball'", "--resample", "2", "--redo", "all")
    assert images() == ["image.nii.gz"]
    command.run(*words, "true", "--resample", "2", "--redo", "all")
    assert images() == []
    assert road.sql("select count(*) from masks where reference_path is not null") == [(0,)]
    _, _, messages = command.run(*words, "true", "--reference", "--format", "seg")
    assert "--format seg cannot be combined with --reference" in messages
