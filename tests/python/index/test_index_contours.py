"""Contours of structure sets: the same facts however lengths are written, and of any heights."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

import pytest
from index_data import Indexer, save, structure_set
from pydicom.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path


def undefine_lengths(made: Dataset, random: Random) -> None:
    """Leave the lengths of some sequences and items to their delimiters."""
    for element in made:
        if element.VR == "SQ":
            element.is_undefined_length = random.random() < 0.7
            for item in element.value:
                item.is_undefined_length_sequence_item = random.random() < 0.7
                undefine_lengths(item, random)


def named(uid: str) -> Dataset:
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid
    return image


@pytest.mark.parametrize("seed", range(8))
def test_lengths_may_be_defined_or_not(index: Indexer, folder: Path, seed: int) -> None:
    made = structure_set(names=("a", "b", "c"))
    for number, item in enumerate(made.ROIContourSequence):
        item.ContourSequence[0].ContourImageSequence = [named(f"1.2.{n}") for n in range(number)]
        point = Dataset()
        point.ContourImageSequence = [named("1.2.0")]
        point.ContourGeometricType = "POINT"
        point.ContourData = ["1", "2", "-7.5"]
        item.ContourSequence.append(point)
    undefine_lengths(made, Random(seed))
    save(made, folder / "a")

    assert index(folder).is_clean
    (row,) = index.rows("roi_contours")
    for number, facts in enumerate(row["roi_contours"]):
        assert (facts["contour_count"], facts["point_count"]) == (2, 4)
        assert (facts["enclosing_contour_count"], facts["point_contour_count"]) == (1, 1)
        assert (facts["z_min_mm"], facts["z_max_mm"]) == (-7.5, 10 * (number + 1))
        uids = [f"1.2.{n}" for n in range(max(number, 1))]
        assert facts["image_sop_uids"] == uids
        assert facts["image_contour_counts"] == [1 + (number > 0), *[1] * (number - 1)]


@pytest.mark.filterwarnings("ignore:The value length")
@pytest.mark.parametrize("seed", range(6))
def test_heights_are_the_least_and_greatest_third_coordinates(
    index: Indexer, folder: Path, seed: int
) -> None:
    random = Random(seed)
    names = ("a", "b", "c", "d")
    made = structure_set(names=names)
    expected = []
    for item in made.ROIContourSequence:
        item.ContourSequence = [Dataset() for _ in range(random.choice([0, 1, 60]))]
        count, heights = 0, []
        for contour in item.ContourSequence:
            points = random.choice([0, 1, 2, 3, 40, 400])
            z = _number(random)
            texts = []
            for _ in range(points):
                z = _number(random) if random.random() < 0.01 else z
                texts += [_number(random), _number(random), z]
                heights.append(float(z))
            # Numbers behind the last point are of no point.
            texts += [_number(random) for _ in range(random.choice([0, 0, 0, 1, 2]))]
            contour.add_new(0x30060050, "UN", "\\".join(texts).encode())
            count += points
        expected.append((count, min(heights, default=math.inf), max(heights, default=-math.inf)))
    undefine_lengths(made, random)
    save(made, folder / "a")

    assert index(folder).is_clean
    (row,) = index.rows("roi_contours")
    for facts, (count, low, high) in zip(row["roi_contours"], expected, strict=True):
        assert facts["point_count"] == count
        if low <= high:
            assert (facts["z_min_mm"], facts["z_max_mm"]) == (low, high)
        else:
            assert (facts["z_min_mm"], facts["z_max_mm"]) == (None, None)


def _number(random: Random) -> str:
    """A decimal of 1 to 20 characters; DICOM allows 16."""
    value = random.uniform(-999, 999)
    return f"{value:.{random.choice([0, 0, 1, 2, 6, 9, 15])}f}"
