"""Grids of slices as scanners acquire them, shuffled and rounded as DICOM writes them."""

from __future__ import annotations

import numpy as np

from rtstruct.geometry.contours import Contours
from rtstruct.geometry.grid import ImageGrid, grid_from_slices

ROWS, COLUMNS, SLICES = 26, 30, 8


def rotation(*degrees: float) -> np.ndarray:
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        turn = np.eye(3)
        a, b = [k for k in range(3) if k != axis]
        turn[[a, a, b, b], [a, b, a, b]] = (
            np.cos(angle),
            -np.sin(angle),
            np.sin(angle),
            np.cos(angle),
        )
        matrix = turn @ matrix
    return matrix


UNIFORM = np.arange(SLICES) * 3.0
# name: row and column direction (2, 3), spacing (rows, columns), slice positions, in-plane shift
# per slice in mm along the column direction (a tilted gantry), and what the grid must be.
ACQUISITIONS: dict[str, tuple[np.ndarray, tuple[float, float], np.ndarray, float, str]] = {
    "axial": (np.eye(3)[:2], (1, 1), UNIFORM, 0, "uniform"),
    "feet first": (np.array([[-1, 0, 0], [0, 1, 0]]), (1, 1), UNIFORM, 0, "uniform"),
    "prone": (np.array([[-1, 0, 0], [0, -1, 0]]), (1, 1), UNIFORM, 0, "uniform"),
    "decubitus": (np.array([[0, -1, 0], [1, 0, 0]]), (1, 1), UNIFORM, 0, "uniform"),
    "sagittal": (np.array([[0, 1, 0], [0, 0, -1]]), (0.9, 0.9), UNIFORM, 0, "uniform"),
    "coronal": (np.array([[1, 0, 0], [0, 0, -1]]), (0.9, 0.9), UNIFORM, 0, "uniform"),
    "oblique": (rotation(0, 0, 17.3)[:2], (0.7, 0.7), UNIFORM, 0, "uniform"),
    "double oblique": (rotation(21.0, -13.7, 8.2)[:2], (1.1, 0.8), UNIFORM, 0, "uniform"),
    "non-square pixels": (np.eye(3)[:2], (1.5, 2.25), UNIFORM, 0, "uniform"),
    "thin slices": (np.eye(3)[:2], (1.25, 1.25), UNIFORM / 6, 0, "uniform"),
    "descending": (np.eye(3)[:2], (1, 1), UNIFORM[::-1] - 400, 0, "uniform"),
    "missing slices": (np.eye(3)[:2], (1, 1), UNIFORM[[0, 1, 2, 4, 5, 7]], 0, "completed"),
    "irregular": (np.eye(3)[:2], (1, 1), np.array([0, 3, 5, 9, 12, 14.5, 18, 21]), 0, "irregular"),
    "tilted gantry": (np.eye(3)[:2], (1, 1), UNIFORM, 0.8, "sheared"),
}


def acquire(name: str) -> tuple[ImageGrid, np.ndarray, np.ndarray]:
    """The grid; the first voxel of each slice, as acquired; steps along row and column."""
    axes, (row_spacing, column_spacing), positions, tilt, kind = ACQUISITIONS[name]
    axes = np.asarray(axes, float)
    normal = np.cross(*axes)
    corner = np.array([-51.3, 27.9, 113.0])

    def origins(at: np.ndarray) -> np.ndarray:
        return corner + np.outer(at, normal) + np.outer(at / 3 * tilt, axes[1])

    shuffled = np.random.default_rng(1).permutation(origins(positions))
    written = np.array([[float(f"{x:.6f}") for x in origin] for origin in shuffled])
    grid = grid_from_slices(
        written,
        [float(f"{x:.9f}") for x in axes[0]],
        [float(f"{x:.9f}") for x in axes[1]],
        rows=ROWS,
        columns=COLUMNS,
        row_spacing_mm=row_spacing,
        column_spacing_mm=column_spacing,
    )
    assert grid.kind == kind
    every = UNIFORM if kind == "completed" else np.sort(positions)
    steps = axes * [[column_spacing], [row_spacing]]
    return grid, origins(every), steps


def contours_mm(
    planes: dict[int, list[np.ndarray]], origins: np.ndarray, steps: np.ndarray
) -> Contours:
    polygons = [origins[k] + polygon @ steps for k in planes for polygon in planes[k]]
    counts = np.array([len(polygon) for polygon in polygons])
    return Contours(np.concatenate(polygons), counts)
