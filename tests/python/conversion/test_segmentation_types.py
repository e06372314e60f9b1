"""`--format seg` with `--labelmap` and `--coverage`: labels and shares in DICOM Segmentation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pydicom
import pytest

from conversion.worker_task import COLUMNS, ROWS, SLICES, convert, drawn, origins_of
from rtstruct.conversion.compare.read_segment import read_segmentation, segment_on_grid
from rtstruct.conversion.masks.grid_json import grid_from_json
from rtstruct.conversion.task import Options
from rtstruct.report.pictures.mask_files import read_mask
from support.segmentation_task import PLANES, SHAPE, file_of, seg_task
from support.slow_rule import box, volume

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.conversion.task import Outcome

LABELMAP = Options(format="seg", layout="labelmap")
FRACTIONAL = Options(format="seg", coverage=True)


def frames_by_hand(path: Path) -> dict[tuple[int, int], np.ndarray]:
    """Pixels of each segment (0: of all) and slice, by pydicom alone."""
    dataset = pydicom.dcmread(path)
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    found = {}
    for frame, item in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        position = np.array(item.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        distance = np.linalg.norm(origins_of() - position, axis=1)
        assert distance.min() < 1e-6
        segment = item.get("SegmentIdentificationSequence", [])
        number = segment[0].ReferencedSegmentNumber if segment else 0
        found[int(number), int(distance.argmin())] = frame
    return found


def painted() -> np.ndarray:
    """(slices, rows, columns) labels: larger structures first, so that smaller ones cover them."""
    drawn_by_rule = [volume(planes, SHAPE) for planes in PLANES]
    labels = np.zeros(SHAPE, dtype=int)
    for n in sorted(range(len(drawn_by_rule)), key=lambda n: -drawn_by_rule[n].sum()):
        labels[drawn_by_rule[n] > 0] = n + 1
    return labels


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("labelmap")
    outcome = convert(seg_task(folder, options=LABELMAP), folder)
    return file_of(outcome, folder), outcome


def test_a_label_map_has_a_frame_a_slice_and_the_smaller_structure_where_they_overlap(
    labelled: tuple[Path, Outcome],
) -> None:
    path, outcome = labelled
    expected = painted()
    frames = frames_by_hand(path)
    assert frames.keys() == {(0, k) for k in range(SLICES) if expected[k].any()}
    for (_, k), frame in frames.items():
        assert np.array_equal(frame, expected[k])
    seg = highdicom.seg.segread(path)
    assert seg.SOPClassUID == "1.2.840.10008.5.1.4.1.1.66.7"
    assert seg.SegmentationType == "LABELMAP"
    assert seg.SegmentsOverlap == "NO"
    assert list(seg.segment_numbers) == [1, 2, 3, 4]
    read = seg.get_volume(combine_segments=True)
    # highdicom counts slices from the other end.
    assert np.allclose(read.position, origins_of()[-1])
    assert np.array_equal(read.array[::-1], expected)
    assert sorted(mask.label or 0 for mask in outcome.masks) == [1, 2, 3, 4]


def test_its_table_tells_what_the_map_hides(labelled: tuple[Path, Outcome]) -> None:
    path, _ = labelled
    table = json.loads(path.with_name("segmentation.dcm.json").read_text(encoding="utf-8"))
    whole = [volume(planes, SHAPE) for planes in PLANES]
    kept = np.bincount(painted().ravel(), minlength=len(PLANES) + 1)[1:]
    assert [
        (label["label"], label["voxel_count"], label["voxels_in_map"]) for label in table["labels"]
    ] == [(n + 1, int(mask.sum()), int(kept[n])) for n, mask in enumerate(whole)]
    assert {tuple(each["labels"]): each["voxel_count"] for each in table["overlaps"]} == {
        (a + 1, b + 1): shared
        for a in range(4)
        for b in range(a + 1, 4)
        if (shared := int((whole[a] * whole[b]).sum()))
    }


def test_our_own_readers_read_labels(labelled: tuple[Path, Outcome]) -> None:
    path, outcome = labelled
    grid = grid_from_json(outcome.masks[0].grid)
    for number in (1, 2, 3, 4):
        expected = painted() == number
        read = segment_on_grid(read_segmentation(path, None), number, grid)
        assert np.array_equal(read.to_array(), expected)
        assert np.array_equal(read_mask(path, number, "labelmap", grid), expected)


def test_more_segments_than_a_byte_can_number(tmp_path: Path) -> None:
    many = {
        (number, f"dot {number}"): drawn({3: [box(c - 0.4, r - 0.4, c + 0.4, r + 0.4)]})
        for number, (c, r) in enumerate(((n % COLUMNS, n // COLUMNS) for n in range(300)), 1)
    }
    outcome = convert(seg_task(tmp_path, many, options=LABELMAP), tmp_path)
    (frame,) = frames_by_hand(file_of(outcome, tmp_path)).values()
    expected = np.zeros((ROWS, COLUMNS), dtype=int)
    expected.ravel()[:300] = np.arange(1, 301)
    assert np.array_equal(frame, expected)


def test_shares_are_those_of_rectangles_to_half_a_step(tmp_path: Path) -> None:
    left, top, right, bottom = 4.75, 6.1, 11.3, 9.9
    rois = {(1, "box"): drawn({k: [box(left, top, right, bottom)] for k in (2, 3)})}
    outcome = convert(seg_task(tmp_path, rois, options=FRACTIONAL), tmp_path)
    path = file_of(outcome, tmp_path)

    def inside(low: float, high: float, count: int) -> np.ndarray:
        n = np.arange(count)
        return np.clip(np.minimum(high, n + 0.5) - np.maximum(low, n - 0.5), 0, 1)

    share = np.outer(inside(top, bottom, ROWS), inside(left, right, COLUMNS))
    frames = frames_by_hand(path)
    assert frames.keys() == {(1, 2), (1, 3)}
    for frame in frames.values():
        assert np.abs(frame - 255 * share).max() <= 0.5 + 1e-4
    seg = highdicom.seg.segread(path)
    assert (seg.SegmentationType, seg.SegmentationFractionalType) == ("FRACTIONAL", "OCCUPANCY")
    assert seg.MaximumFractionalValue == 255
    read = seg.get_volume(segment_numbers=[1], rescale_fractional=True).array[..., 0]
    assert np.abs(read.sum() - 2 * share.sum()) < 0.05
    grid = grid_from_json(outcome.masks[0].grid)
    assert np.array_equal(read_mask(path, 1, "separate", grid)[2], share >= 0.5)


@pytest.mark.parametrize("options", [LABELMAP, FRACTIONAL])
def test_the_same_input_gives_the_same_bytes_and_the_type_another_instance(
    tmp_path: Path, options: Options
) -> None:
    task = seg_task(tmp_path / "in", options=options)
    contents, uids = set(), set()
    for name, each in (
        ("one", options),
        ("two", options),
        ("three", replace(options, layout="separate", coverage=False)),
    ):
        outcome = convert(replace(task, options=each), tmp_path / name)
        path = file_of(outcome, tmp_path / name)
        contents.add(path.read_bytes())
        uids.add(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
    assert len(contents) == len(uids) == 2
