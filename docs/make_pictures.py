"""The pictures of rasterisation.md, drawn by the rasteriser: run it after changing a rule."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from rtstruct.geometry.boundary import add_boundary
from rtstruct.geometry.contours import Contours, PlacedContours, place
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.scanline import rasterise

PICTURES = Path(__file__).parent / "pictures"
CELL = 22
INK, BLUE, ORANGE, GREY = "#333333", "#4c86c6", "#e08b3a", "#bbbbbb"
ROWS, COLUMNS = 11, 13


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for name, drawing in {
        "rule": rule(),
        "ties": ties(),
        "traced": traced(),
        "slabs": slabs(),
    }.items():
        (PICTURES / f"{name}.svg").write_text(drawing)


def rule() -> str:
    """A ring with an island; voxels whose centre is inside."""
    polygons = [circle(6.2, 5.1, r) for r in (4.9, 3.0, 1.2)]
    return svg([panel(0, [(polygons, BLUE)])], 1)


def ties() -> str:
    """Two boxes that share an edge through voxel centres."""
    left = np.array([[2, 2], [6, 2], [6, 8], [2, 8]], float)
    right = left + np.array([4, 0])
    return svg([panel(0, [([left], BLUE), ([right], ORANGE)])], 1)


def traced() -> str:
    """What tracing software draws round a mask, filled by both rules."""
    outline = np.array([[4, 2], [8, 2], [10, 4], [10, 6], [8, 8], [4, 8], [2, 6], [2, 4]], float)
    panels = [
        panel(0, [([outline], BLUE)]),
        panel(1, [([outline], BLUE)], inclusive=True),
    ]
    return svg(panels, 2)


def slabs() -> str:
    """The stack from the side: slices, slabs, and where contours between slices go."""
    grid = grid_from_slices(
        [[0, 0, z] for z in (0.0, 3.0, 6.0, 12.0, 15.0)],
        [1, 0, 0],
        [0, 1, 0],
        rows=4,
        columns=4,
        row_spacing_mm=1,
        column_spacing_mm=1,
    )
    height, scale = 330, 16
    parts = []
    for k, position in enumerate(grid.slice_positions):
        low, high = grid.slab_borders[k : k + 2]
        y = height - 60 - high * scale
        parts.append(
            f'<rect x="60" y="{y:.1f}" width="300" height="{(high - low) * scale:.1f}" '
            f'fill="{"#f3f3f3" if k % 2 else "#e6eef7"}"/>'
        )
        y = height - 60 - position * scale
        dash = ' stroke-dasharray="6 5"' if k in grid.missing_slices else ""
        text = "no image" if k in grid.missing_slices else "image"
        parts.append(f'<line x1="60" y1="{y}" x2="360" y2="{y}" stroke="{INK}"{dash}/>')
        parts.append(f'<text x="8" y="{y + 4}">slice {k}</text>')
        parts.append(f'<text x="368" y="{y + 4}">{text}</text>')
    triangle = np.array([[1.0, 1], [2, 1], [1, 2]])
    for n, z in enumerate((3.0, 6.75, 1.5, 9.2, 14.0)):
        contours = Contours(np.column_stack([triangle, [z] * 3]), np.array([3]))
        k = int(place(contours, grid).slices[0])
        x, y = 85 + 52 * n, height - 60 - z * scale
        goal = height - 60 - grid.slice_positions[k] * scale
        parts.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 40}" y2="{y}" stroke="{ORANGE}" stroke-width="4"/>'
        )
        if abs(goal - y) > 1:
            head = 6 if goal > y else -6
            parts.append(
                f'<path d="M{x + 20} {y}V{goal}m-4 {-head}l4 {head}l4 {-head}" '
                f'fill="none" stroke="{ORANGE}"/>'
            )
    return document(440, height, parts)


def circle(column: float, row: float, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.column_stack([column + radius * np.cos(angle), row + radius * np.sin(angle)])


def panel(
    position: int, structures: list[tuple[list[np.ndarray], str]], *, inclusive: bool = False
) -> list[str]:
    """Voxels, their centres, and the contours of structures, each in its colour."""
    offset = position * (COLUMNS + 1) * CELL

    def at(points: object) -> np.ndarray:
        return (np.asarray(points) + 0.5) * CELL + [offset, 0]

    parts = []
    for polygons, colour in structures:
        for row, column in np.argwhere(mask_of(polygons, inclusive=inclusive)):
            x, y = at([column, row]) - CELL / 2
            parts.append(
                f'<rect x="{x:g}" y="{y:g}" width="{CELL}" height="{CELL}" '
                f'fill="{colour}" fill-opacity="0.45"/>'
            )
    for row in range(ROWS):
        for column in range(COLUMNS):
            x, y = at([column, row])
            parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="1.6" fill="{GREY}"/>')
    for polygons, colour in structures:
        for polygon in polygons:
            corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in at(polygon))
            parts.append(
                f'<polygon points="{corners}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
    return parts


def mask_of(polygons: list[np.ndarray], *, inclusive: bool) -> np.ndarray:
    """(rows, columns) of polygons in voxels."""
    points = np.concatenate(polygons)
    counts = np.array([len(polygon) for polygon in polygons])
    contours = PlacedContours(
        points[:, 0], points[:, 1], counts, np.zeros(len(counts), np.int64), Counter(), 0
    )
    mask = rasterise(contours, (1, ROWS, COLUMNS))
    return (add_boundary(mask, contours) if inclusive else mask).to_array()[0]


def svg(panels: list[list[str]], count: int) -> str:
    """Panels side by side."""
    width = (count * (COLUMNS + 1) - 1) * CELL
    return document(width, ROWS * CELL, [part for panel in panels for part in panel])


def document(width: int, height: int, parts: list[str]) -> str:
    """An SVG file on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="{INK}">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    main()
