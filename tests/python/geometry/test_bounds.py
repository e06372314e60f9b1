"""Numbers that no image has, and contours that no memory holds, are refused where they are met."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from rtstruct.errors import RtstructError
from rtstruct.geometry import scanline
from rtstruct.geometry.contours import PlacedContours
from rtstruct.geometry.grid import grid_from_slices


def _grid(**changes: object) -> object:
    numbers: dict[str, object] = {
        "origins": [[0.0, 0.0, 3.0 * k] for k in range(3)],
        "row_direction": [1, 0, 0],
        "column_direction": [0, 1, 0],
        "rows": 16,
        "columns": 16,
        "row_spacing_mm": 1.0,
        "column_spacing_mm": 1.0,
    }
    return grid_from_slices(**(numbers | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"row_spacing_mm": 1e39},
        {"column_spacing_mm": 1e-320},
        {"row_spacing_mm": 1e-8, "column_spacing_mm": 1e8},
        {"origins": [[0, 0, 0], [0, 0, 1e308]]},
        {"origins": [[0, 0, -1e308], [0, 0, 1e308]]},
        {"origins": [[0, 0, 0]], "slice_thickness_mm": 1e300},
    ],
)
def test_numbers_that_no_image_has_are_refused(changes: dict[str, object]) -> None:
    with np.errstate(all="ignore"), pytest.raises(RtstructError) as caught:
        _grid(**changes)
    assert caught.value.code == "invalid_geometry"


def test_more_voxels_than_memory_holds_are_refused() -> None:
    with pytest.raises(RtstructError) as caught:
        _grid(rows=65535, columns=65535)
    assert caught.value.code == "too_many_voxels"


def _zigzag(points: int, rows: int) -> PlacedContours:
    row = np.where(np.arange(points) % 2, rows + 1.0, -1.0)
    return PlacedContours(
        column=np.linspace(0, 30, points),
        row=row,
        counts=np.array([points]),
        slices=np.array([0]),
        skipped=Counter(),
        clipped=0,
    )


def test_a_zigzag_is_filled_as_ever_with_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As all at once, but without the many numbers that each crossing needs meanwhile."""
    contours = _zigzag(4001, 512)
    monkeypatch.setattr(scanline, "_CROSSINGS_AT_ONCE", 1 << 30)
    at_once = scanline.rasterise(contours, (1, 512, 64))
    monkeypatch.setattr(scanline, "_CROSSINGS_AT_ONCE", 1000)
    tracemalloc.start()
    in_parts = scanline.rasterise(contours, (1, 512, 64))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert np.array_equal(in_parts.starts, at_once.starts)
    assert np.array_equal(in_parts.ends, at_once.ends)
    assert peak < 6 * 8 * 4000 * 512


def test_a_zigzag_that_no_memory_holds_is_refused() -> None:
    with pytest.raises(RtstructError) as caught:
        scanline.rasterise(_zigzag(200_001, 512), (1, 512, 64))
    assert caught.value.code == "contours_too_complex"
