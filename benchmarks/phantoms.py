"""The phantoms of the benchmark: one large patient, and many small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.phantom import shapes
from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set

if TYPE_CHECKING:
    from pathlib import Path

LARGE = Grid(512, 512, uniform(200, 2.5), 0.9766, 0.9766, 2.5)
CONTOURED = Grid(128, 128, uniform(100, 5.0), 3.9, 3.9, 5.0)
TINY = Grid(32, 32, uniform(2, 3.0), 3.0, 3.0, 3.0)
SMALL = Grid(96, 96, uniform(30, 3.0), 2.0, 2.0, 3.0)


def large_patient(folder: Path) -> None:
    """30 ROIs on a CT of 512 x 512 x 200: ``ct/`` and ``rt.dcm``."""
    _write(folder, LARGE, _thirty_solids(), Study("BENCH"))


def small_patients(folder: Path, count: int) -> None:
    """Folders ``000``, ``001``, ... of 5 ROIs on a CT of 96 x 96 x 30 each."""
    for n in range(count):
        rng = np.random.default_rng(n)
        solids = [
            shapes.sphere(tuple(rng.uniform(-30, 30, 3)), rng.uniform(8, 25)) for _ in range(5)
        ]
        _write(folder / f"{n:03d}", SMALL, solids, Study(f"BENCH{n:03d}"))


def contoured_patients(folder: Path, count: int) -> None:
    """Folders of the 30 ROIs of the large patient on a CT of 128 x 128 x 100 each."""
    for n in range(count):
        _write(folder / f"{n:03d}", CONTOURED, _thirty_solids(), Study(f"BENCH{n:03d}"))


def tiny_patients(folder: Path, count: int) -> None:
    """Folders of one ROI on a CT of 32 x 32 x 2 each."""
    for n in range(count):
        _write(folder / f"{n:04d}", TINY, [shapes.sphere((0, 0, 0), 20)], Study(f"BENCH{n:04d}"))


def _thirty_solids() -> list[shapes.Solid]:
    angle = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    outline = np.column_stack([200 * np.cos(angle), 160 * np.sin(angle)])
    body = shapes.Solid(lambda _: (outline,), 0.0)
    lung = [shapes.ellipsoid((side * 80, -20, 40), (55, 80, 120), 200) for side in (-1, 1)]
    cord = shapes.cylinder((0, 120, 0), 8, 500)
    ring = shapes.minus(shapes.cylinder((0, 0, -60), 60, 80), shapes.cylinder((0, 0, -60), 40, 80))
    hole = shapes.keyhole(
        shapes.cylinder((0, 0, -150), 60, 80), shapes.cylinder((0, 0, -150), 40, 80)
    )
    island = shapes.minus(
        shapes.sphere((60, 0, -120), 50),
        shapes.minus(shapes.sphere((60, 0, -120), 35), shapes.sphere((60, 0, -120), 20)),
    )
    parts = shapes.components(*(shapes.sphere((-100 + 40 * n, 100, 150), 15, 80) for n in range(6)))
    rng = np.random.default_rng(1)
    organs = [
        shapes.ellipsoid(tuple(rng.uniform(-90, 90, 3)), tuple(rng.uniform(10, 45, 3)), 100)
        for _ in range(16)
    ]
    small = [shapes.lens((10 * n, -60, 30 * n), 3.4, 6.0) for n in range(5)]
    torus = shapes.torus((0, 0, 180), 60, 20)
    return [body, *lung, cord, ring, hole, island, parts, torus, *small, *organs]


def _write(folder: Path, grid: Grid, solids: list[shapes.Solid], study: Study) -> None:
    image = write_image_series(folder / "ct", grid, study)
    rois = [DrawnROI(n, f"ROI {n}", draw(solid, grid)) for n, solid in enumerate(solids, 1)]
    write_structure_set(folder / "rt.dcm", rois, image)
