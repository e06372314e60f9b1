"""Stacks of the frames of enhanced images, as the index has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from support.dicom_files import AXIAL, enhanced, slice_of

if TYPE_CHECKING:
    from pathlib import Path

    from index_data import Indexer
    from pydicom.dataset import FileDataset


def two_stacks() -> FileDataset:
    """Five slices of 3 mm, of which one is lost, and four of 2.5 mm, by StackID."""
    heights = [0.0, 3.0, 9.0, 12.0, 15.0, 40.0, 42.5, 45.0, 47.5]
    dataset = enhanced(np.array([[0, 0, z] for z in heights]), AXIAL, (1.0, 2.0))
    for k, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        content = Dataset()
        content.StackID = "1" if k < 5 else "2"
        groups.FrameContentSequence = Sequence([content])
    # Positions that repeat: only then is a series parted.
    plane = dataset.PerFrameFunctionalGroupsSequence[5].PlanePositionSequence[0]
    for k, z in enumerate((3.0, 5.5, 8.0, 10.5)):
        plane = dataset.PerFrameFunctionalGroupsSequence[5 + k].PlanePositionSequence[0]
        plane.ImagePositionPatient = ["0", "0", str(z)]
    return dataset


def indexed(index: Indexer, folder: Path) -> list[dict[str, Any]]:
    index(folder)
    (row,) = index.rows("frame_stacks, file_path, archive_member")
    return list(row["frame_stacks"])


def test_frames_are_parted_into_stacks(index: Indexer, folder: Path) -> None:
    two_stacks().save_as(folder / "all.dcm")
    first, second = indexed(index, folder)
    assert first["separated_by"] == second["separated_by"] == "StackID"
    assert [first["stack_number"], second["stack_number"]] == [1, 2]
    assert [first["frame_count"], first["slice_count"], first["grid_kind"]] == [5, 6, "completed"]
    assert [second["frame_count"], second["slice_count"], second["grid_kind"]] == [4, 4, "uniform"]
    assert [first["slice_spacing_mm"], second["slice_spacing_mm"]] == [3.0, 2.5]
    assert [first["smallest_gap_mm"], first["largest_gap_mm"]] == [3.0, 6.0]
    assert [second["first_mm"], second["last_mm"]] == [3.0, 10.5]
    assert [first["row_spacing_mm"], first["column_spacing_mm"]] == [1.0, 2.0]
    assert [first["normal_x"], first["normal_y"], first["normal_z"]] == [0.0, 0.0, 1.0]


def test_other_images_have_no_stacks_of_frames(index: Indexer, folder: Path) -> None:
    slice_of(np.zeros(3)).save_as(folder / "slice.dcm")
    assert indexed(index, folder) == []


def test_frames_in_no_place_cost_nothing_else(index: Indexer, folder: Path) -> None:
    dataset = two_stacks()
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        del groups.PlanePositionSequence
    dataset.save_as(folder / "all.dcm")
    assert indexed(index, folder) == []
