"""Solids drawn on tilted planes of any spacing, as masks: volume and Dice against the solid.

Two ways are compared: the slices cut what lies nearest to each plane (ours where planes are not
those of the slices), and each plane is projected whole onto the slice nearest to it, of several the
nearest one (what converters do). ``make tilt`` prints the table of docs/rasterisation.md.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.conversion.masks.notes import notes_on_drawing
from rtstruct.geometry.contours import Contours, place, place_each
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.scanline import rasterise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

RADII = (4.0, 8.0, 15.0, 25.0)  # mm
SPACINGS = (0.25, 0.5, 0.8, 1.0, 1.3, 2.0, 3.5)  # slices
TILTS = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0)  # degrees
SLICE, PIXEL = 3.0, 1.0  # mm
CENTRE = np.array([0.31, -0.17, 0.77])
TOLD = {
    "volume_differs",
    "volume_lost",
    "empty_slices",
    "moved",
    "off_plane",
    "coarse_planes",
    "single_plane",
}
VOLUME, DICE = 0.05, 0.95


def solid(kind: str, radius: float, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points, relative to the centre and with the planes' normal last, are inside."""
    if kind == "ball":
        return np.linalg.norm(points, axis=-1) < radius
    return (np.hypot(points[..., 0], points[..., 1]) < radius) & (abs(points[..., 2]) < HALF)


HALF = 18.0  # mm, half the length of a rod


def drawn(kind: str, radius: float, gap: float, turn: NDArray[np.float64]) -> Contours:
    """The solid on planes: the first at half a gap from its end, or from its middle."""
    angle = np.arange(120) * 2 * np.pi / 120
    # As many corners enclose a circle's area if they lie a little outside it.
    bulge = np.sqrt(np.pi / (60 * np.sin(2 * np.pi / 120)))
    reach = radius if kind == "ball" else HALF
    heights = np.arange(np.floor(-reach / gap), np.ceil(reach / gap)) * gap + gap / 2
    if np.abs(heights).min() >= reach:
        heights = np.zeros(1)
    rings = []
    for height in heights[np.abs(heights) < reach]:
        r = np.sqrt(radius**2 - height**2) if kind == "ball" else radius
        ring = np.column_stack([r * np.cos(angle), r * np.sin(angle)]) * bulge
        rings.append(np.column_stack([ring, np.full(len(angle), height)]) @ turn.T + CENTRE)
    return Contours(np.round(np.concatenate(rings), 3), np.full(len(rings), len(angle)))


def projected(contours: Contours, grid: ImageGrid) -> NDArray[np.bool_]:
    """Each contour on the slice nearest to it; of several on one slice the nearest."""
    parts = np.split(contours.points_mm, np.cumsum(contours.counts)[:-1])
    nearest: dict[int, tuple[float, NDArray[np.float64]]] = {}
    for part in parts:
        height = float((part @ grid.normal).mean())
        k = int(np.argmin(np.abs(grid.slice_positions - height)))
        distance = abs(grid.slice_positions[k] - height)
        if k not in nearest or distance < nearest[k][0]:
            nearest[k] = (distance, np.column_stack([part[:, :2], np.full(len(part), height)]))
    points = [part for _, part in nearest.values()]
    flat = Contours(np.concatenate(points), np.array([len(part) for part in points]))
    return rasterise(place_each(flat, grid), grid.shape).to_array() > 0


def main() -> None:
    """Print one line a spacing: worst volume and Dice, and what is silently out of bounds."""
    size = 72
    slices = 27
    start = -(size - 1) / 2 * PIXEL
    origins = [[start, start, (k - slices // 2) * SLICE] for k in range(slices)]
    grid = grid_from_slices(
        origins, [1, 0, 0], [0, 1, 0], rows=size, columns=size,
        row_spacing_mm=PIXEL, column_spacing_mm=PIXEL,
    )  # fmt: skip
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    centres = np.stack([start + i * PIXEL, start + j * PIXEL, (k - slices // 2) * SLICE], axis=-1)
    total: Counter[str] = Counter()
    print("| solid | planes, in slices | cut: volume, Dice >= | projected: volume, Dice >= |"
          " right | told | silent |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for kind, spacing in itertools.product(("ball", "rod"), SPACINGS):
        worst: dict[str, list[float]] = {"cut": [], "projected": [], "cd": [], "pd": []}
        counts: Counter[str] = Counter()
        for radius, tilt in itertools.product(RADII, TILTS):
            a, b = np.radians(tilt), 0.6
            axis = np.array([np.cos(b), np.sin(b), 0])
            cross = np.cross(np.eye(3), axis)
            turn = np.eye(3) - np.sin(a) * cross + (1 - np.cos(a)) * cross @ cross
            contours = drawn(kind, radius, spacing * SLICE, turn)
            truth = solid(kind, radius, (centres - CENTRE) @ turn)
            volume = 4 / 3 * np.pi * radius**3
            if kind == "rod":
                # What was drawn: planes at half a gap from each other.
                thick = len(contours.counts) * spacing * SLICE
                volume = np.pi * radius**2 * thick
                local = (centres - CENTRE) @ turn
                truth = (np.hypot(local[..., 0], local[..., 1]) < radius) & (
                    abs(local[..., 2]) < thick / 2
                )
            placed = place(contours, grid)
            told = {note.split(":")[0] for note in notes_on_drawing(placed.drawing, "union", 0)}
            told |= set(placed.skipped)
            ours = rasterise(placed, grid.shape).to_array() > 0
            other = projected(contours, grid)
            figures = []
            for name, mask in (("cut", ours), ("projected", other)):
                error = float(mask.sum()) * SLICE * PIXEL**2 / volume - 1
                dice = 2 * float((mask & truth).sum()) / float(mask.sum() + truth.sum())
                worst[name].append(abs(error))
                if radius >= 8:
                    worst[name[0] + "d"].append(dice)
                figures.append((error, dice))
            error, dice = figures[0]
            right = abs(error) <= VOLUME and (radius < 8 or dice >= DICE)
            verdict = "right" if right else "told" if told & TOLD else "silent"
            counts[verdict] += 1
            if verdict == "silent":
                print("  silent", kind, radius, spacing, tilt, f"{error:.3f} {dice:.3f}", told)
        total += counts
        print(
            f"| {kind} | {spacing:g} | {max(worst['cut']):.0%}, {min(worst['cd']):.3f} |"
            f" {max(worst['projected']):.0%}, {min(worst['pd']):.3f} |"
            f" {counts['right']} | {counts['told']} | {counts['silent']} |"
        )
    print(dict(total))


if __name__ == "__main__":
    main()
