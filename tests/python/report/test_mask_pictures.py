"""Pictures of masks: lines lie where the mask's borders are, however the image was taken."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from rtstruct.geometry.contours import Contours, place
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.report.pictures.lines import contour_path
from rtstruct.report.pictures.planes import planes
from rtstruct.report.pictures.svg import Subject, picture
from rtstruct.report.pictures.window import window_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Browser

    from rtstruct.geometry.grid import ImageGrid

X, Y, Z = np.eye(3)
SCALE = 6
"""Pixels of the screen for a millimetre."""


def turned(degrees: float) -> tuple[NDArray[np.float64], ...]:
    """The patient's axes turned about two of them: an oblique acquisition."""
    a, b = np.deg2rad(degrees), np.deg2rad(degrees / 2)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    axes = about_x @ about_z
    return axes[:, 0], axes[:, 1], axes[:, 2]


# Way along a row, way along a column, and the axes that the screen's planes are parallel to.
CASES = {
    "axial": (X, Y, (X, Y, Z)),
    "prone": (-X, -Y, (X, Y, Z)),
    "feet first": (-X, Y, (X, Y, Z)),
    "sagittal": (Y, -Z, (X, Y, Z)),
    "coronal": (X, -Z, (X, Y, Z)),
    "oblique": (*turned(20)[:2], turned(20)),
}


def grid_of(row: NDArray[np.float64], column: NDArray[np.float64]) -> ImageGrid:
    normal = np.cross(row, column)
    return grid_from_slices(
        [np.array([3.0, -7.0, 11.0]) + 4.0 * k * normal for k in range(9)],
        row,
        column,
        rows=11,
        columns=13,
        row_spacing_mm=3.0,
        column_spacing_mm=2.0,
    )


def uneven_mask(shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """A blob without any symmetry, with one slice of most voxels across each axis."""
    mask = np.zeros(shape, dtype=bool)
    mask[3:6, 3:8, 4:9] = True
    mask[4, 2:9, 3:11] = True
    mask[2:7, 4, 2:6] = True
    mask[1:5, 6, 5] = True
    mask[4, 5, 6] = False
    return mask


@pytest.mark.parametrize("name", CASES)
def test_the_edge_drawn_is_the_edge_of_the_mask_to_the_pixel(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    row, column, (right, back, up) = CASES[name]
    grid = grid_of(row, column)
    mask = uneven_mask(grid.shape)
    text = picture(Subject(grid, None, None, mask, None, (255, 0, 0)))
    side = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', text)[1])  # type: ignore[index]
    shot = screenshot(text, side, browser, tmp_path)

    # The slow and obvious way: each voxel's centre in the patient, then on the screen.
    centres = {
        (k, j, i): k * 4.0 * grid.normal
        + j * 3.0 * grid.column_direction
        + i * 2.0 * grid.row_direction
        for k, j, i in product(*map(range, grid.shape))
    }
    ways = ((grid.row_direction, 2.0), (grid.column_direction, 3.0), (grid.normal, 4.0))

    def size_along(way: NDArray[np.float64]) -> float:
        return next(size for axis, size in ways if abs(float(axis @ way)) > 0.99)

    for place_, (across, along, down) in enumerate(
        ((up, right, back), (back, right, -up), (right, back, -up))
    ):
        depths: dict[float, list[tuple[int, int, int]]] = {}
        for voxel, centre in centres.items():
            depths.setdefault(round(float(centre @ across), 3), []).append(voxel)
        counts = sorted(sum(mask[voxel] for voxel in voxels) for voxels in depths.values())
        assert counts[-1] > counts[-2]
        chosen = max(depths.values(), key=lambda voxels: sum(mask[voxel] for voxel in voxels))
        width, height = size_along(along), size_along(down)
        on_screen = {
            (round(centres[v] @ along / width), round(centres[v] @ down / height)): mask[v]
            for v in chosen
        }
        start = round(place_ * side * 1.02 * SCALE)
        panel = shot[:, start : start + round(side * SCALE)]
        check_panel(panel, on_screen, width, height)


def check_panel(
    panel: NDArray[np.uint8],
    inside: dict[tuple[int, int], np.bool_],
    width: float,
    height: float,
) -> None:
    """Borders between inside and outside are red at their middle; no other border is."""
    red = (panel[..., 0] > 120) & (panel[..., 1] < 60)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    # The outermost lines are where the first and the last voxels end, half a line's width apart.
    left, top = columns[0] + 0.8, rows[0] + 0.8
    first = min(x for (x, _), is_in in inside.items() if is_in)
    upper = min(y for (_, y), is_in in inside.items() if is_in)
    borders = 0
    for (x, y), is_in in inside.items():
        for dx, dy in ((1, 0), (0, 1)):
            other = inside.get((x + dx, y + dy))
            if other is None:
                continue
            at_x = left + (x - first + (1.0 if dx else 0.5)) * width * SCALE
            at_y = top + (y - upper + (1.0 if dy else 0.5)) * height * SCALE
            column, row = round(at_x), round(at_y)
            if not (2 <= column < panel.shape[1] - 2 and 2 <= row < panel.shape[0] - 2):
                continue
            near = red[row - 1 : row + 2, column - 1 : column + 2].any()
            assert near == (is_in != other), (x, y, dx, dy)
            borders += int(is_in != other)
    assert borders >= 10


def screenshot(text: str, side: float, browser: Browser, folder: Path) -> NDArray[np.uint8]:
    sized = re.sub(
        r'width="\d+" height="\d+"',
        f'width="{side * 3.04 * SCALE:.2f}" height="{side * SCALE:.2f}"',
        text,
        count=1,
    )
    # Letters would lie over lines.
    sized = re.sub(r"<text.*?</text>", "", sized)
    path = folder / "picture.svg"
    path.write_text(sized, encoding="utf-8")
    size = {"width": int(side * 3.04 * SCALE) + 2, "height": int(side * SCALE) + 2}
    page = browser.new_page(viewport=size)  # type: ignore[arg-type]
    page.goto(path.as_uri())
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return np.asarray(shot)


def test_contours_lie_on_the_slices_and_cross_the_planes_between() -> None:
    grid = grid_of(X, Y)
    square = np.array([[2, 2], [8, 2], [8, 8], [2, 8]], dtype=float)
    points = np.array(
        [grid.slice_origins[4] + column * 2.0 * X + line * 3.0 * Y for column, line in square]
    )
    placed = place(Contours(points, np.array([4])), grid)
    axial, coronal, sagittal = planes(grid)
    # Centres of voxels are half a voxel from the border of the image.
    assert contour_path(placed, axial, 4) == "M5 7.5L17 7.5L17 25.5L5 25.5Z"
    assert contour_path(placed, axial, 3) == ""
    # Superior is up: slice 4 of 9 of 4 mm is from 16 to 20 mm from above too.
    ticks = contour_path(placed, coronal, 5)
    assert sorted(re.findall(r"M([\d.]+) ", ticks), key=float) == ["5", "17"]
    assert set(re.findall(r" ([\d.]+)V([\d.]+)", ticks)) == {("20", "16")}
    assert contour_path(placed, coronal, 9) == ""
    assert sorted(re.findall(r"M([\d.]+) ", contour_path(placed, sagittal, 5)), key=float) == [
        "7.5",
        "25.5",
    ]


def test_letters_tell_where_the_patient_is() -> None:
    for row, column, _ in (CASES["axial"], CASES["prone"], CASES["sagittal"], CASES["feet first"]):
        axial, coronal, sagittal = planes(grid_of(row, column))
        assert axial.right.letters + axial.down.letters == ("R", "L", "A", "P")
        assert coronal.right.letters + coronal.down.letters == ("R", "L", "S", "I")
        assert sagittal.right.letters + sagittal.down.letters == ("A", "P", "S", "I")
    axial, *_ = planes(grid_of(*turned(30)[:2]))
    assert axial.right.letters == ("RA", "LP")


def test_a_slab_of_another_thickness_is_drawn_as_thick_as_it_is() -> None:
    grid = grid_from_slices(
        [[0.0, 0.0, z] for z in (0, 2, 4, 10, 12, 19)],
        X,
        Y,
        rows=10,
        columns=10,
        row_spacing_mm=2,
        column_spacing_mm=2,
    )
    assert grid.kind == "irregular"
    mask = np.zeros(grid.shape, dtype=bool)
    mask[3, 2:6, 2:6] = True
    text = picture(Subject(grid, None, None, mask, None, (255, 0, 0)))
    coronal = text[text.index('class="coronal"') : text.index('class="sagittal"')]
    edge = re.search(r'class="edge" d="([^"]*)"', coronal)[1]  # type: ignore[index]
    # Half way to its neighbours at 4 and 12 mm: from 7 to 11 mm; the stack ends at 22.5.
    assert set(re.findall(r"M[\d.]+ ([\d.]+)H", edge)) == {"11.5", "15.5"}


@pytest.mark.parametrize(
    ("modality", "value", "window"),
    [
        ("CT", -800, (-1350.0, 150.0)),
        ("CT", 40, (-160.0, 240.0)),
        ("CT", 700, (-500.0, 1300.0)),
    ],
)
def test_ct_is_windowed_by_what_the_mask_holds(
    modality: str, value: int, window: tuple[float, float]
) -> None:
    voxels = np.full((2, 2, 2), value)
    assert window_of(modality, voxels, voxels.reshape(-1)) == window


def test_other_images_are_windowed_by_percentiles_and_pet_is_dark_on_white() -> None:
    voxels = np.arange(1001.0)
    assert window_of("MR", voxels, voxels) == (10.0, 995.0)
    black, white = window_of("PT", voxels, voxels)
    assert black > 990
    assert white == 0
