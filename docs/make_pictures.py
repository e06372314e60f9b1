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
        "overlaps": overlaps(),
        "planes": planes(),
    }.items():
        (PICTURES / f"{name}.svg").write_text(drawing)


def rule() -> str:
    """A ring with an island; voxels whose centre is inside."""
    polygons = [circle(6.2, 5.1, r) for r in (4.9, 3.0, 1.2)]
    return svg([panel(0, [(polygons, BLUE)])], ["dots: voxel centres; blue: the mask"])


def ties() -> str:
    """Two boxes that share an edge through voxel centres."""
    left = np.array([[2, 2], [6, 2], [6, 8], [2, 8]], float)
    right = left + np.array([4, 0])
    panels = [panel(0, [([left], BLUE), ([right], ORANGE)])]
    return svg(panels, ["voxels on a line: to one of the two"])


def traced() -> str:
    """What tracing software draws round a mask, filled by both rules."""
    outline = np.array([[4, 2], [8, 2], [10, 4], [10, 6], [8, 8], [4, 8], [2, 6], [2, 4]], float)
    panels = [
        panel(0, [([outline], BLUE)]),
        panel(1, [([outline], BLUE)], inclusive=True),
    ]
    return svg(panels, ["centre inside", "centre inside or on the line"])


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
    words = "orange: a contour seen from the side, and the slice that it goes to"
    parts.append(f'<text x="8" y="{height - 12}">{words}</text>')
    return document(440, height, parts)


def overlaps() -> str:
    """A contour stored twice, two strokes, and a hole: what is inside."""
    outline = circle(6.1, 5.2, 4.6)
    near = outline + 0.05 * np.sin(np.arange(60))[:, None]
    strokes = [circle(4.1, 5.2, 3.6), circle(8.2, 5.2, 3.6)]
    ring = [outline, circle(6.1, 5.2, 2.3)]
    drawn = ([outline, near], strokes, ring)
    panels = [panel(n, [(each, BLUE)], placed=True) for n, each in enumerate(drawn)]
    return svg(panels, ["stored twice: counts once", "two strokes: all of both", "a hole stays"])


def planes() -> str:
    """A structure from the side, drawn on planes that are not those of the slices."""
    height, scale, width = 330, 20, 210
    parts = []
    for n, (title, gap, degrees) in enumerate(
        [
            ("twice as fine as the slices", 1.5, 0.0),
            ("tilted by 8 degrees", 2.4, 8.0),
            ("on every third slice", 9.0, 0.0),
        ]
    ):
        grid = grid_from_slices(
            [[-6.0, -6, 3.0 * k] for k in range(5 if n < 2 else 7)],
            [1, 0, 0],
            [0, 1, 0],
            rows=61,
            columns=61,
            row_spacing_mm=0.2,
            column_spacing_mm=0.2,
        )
        size = scale if n < 2 else scale * 5 / 8
        a = np.radians(degrees)
        along, up = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
        middle = np.array([0.0, 6.0 if n < 2 else 9.0])
        count = {0: 7, 1: 4, 2: 3}[n]
        left = 20 + n * (width + 30) + width / 2

        def at(point: np.ndarray, left: float = left, size: float = size) -> str:
            return f"{left + point[0] * scale * 0.8:.1f},{height - 45 - point[1] * size:.1f}"

        rings = []
        for k in range(count):
            centre = middle + (k - (count - 1) / 2) * gap * up
            ends = centre - 4.5 * along, centre + 4.5 * along
            disc = circle(0, 0, 4.5)
            rings.append(
                np.column_stack(
                    [
                        centre[0] + disc[:, 0] * along[0],
                        disc[:, 1],
                        centre[1] + disc[:, 0] * along[1],
                    ]
                )
            )
            slab = [ends[0] - gap / 2 * up, ends[1] - gap / 2 * up]
            slab += [ends[1] + gap / 2 * up, ends[0] + gap / 2 * up]
            if n < 2:
                corners = " ".join(at(corner) for corner in slab)
                parts.append(f'<polygon points="{corners}" fill="#f6e3d0" stroke="white"/>')
            parts.append(
                f'<polyline points="{at(ends[0])} {at(ends[1])}" stroke="{ORANGE}" '
                f'stroke-width="3" fill="none"/>'
            )
        drawn = Contours(np.concatenate(rings), np.full(count, 60))
        voxels = rasterise(place(drawn, grid), grid.shape).to_array()[:, 30]
        for k, row in enumerate(voxels):
            z = 3.0 * k
            parts.append(
                f'<polyline points="{at(np.array([-6, z]))} {at(np.array([6, z]))}" '
                f'stroke="{GREY}" fill="none"/>'
            )
            filled = np.flatnonzero(row)
            if len(filled):
                ends_x = (filled[[0, -1]] - 30) * 0.2
                line = " ".join(at(np.array([x, z])) for x in ends_x)
                parts.append(
                    f'<polyline points="{line}" stroke="{BLUE}" stroke-width="5" '
                    f'stroke-opacity="0.75" fill="none"/>'
                )
        parts.append(f'<text x="{left:.0f}" y="18" text-anchor="middle">{title}</text>')
    words = (
        "from the side; grey: slices; orange: contours, and what each stands for; blue: the mask"
    )
    parts.append(f'<text x="10" y="{height + 12}">{words}</text>')
    return document(3 * (width + 30) + 10, height + 24, parts)


def circle(column: float, row: float, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.column_stack([column + radius * np.cos(angle), row + radius * np.sin(angle)])


def panel(
    position: int,
    structures: list[tuple[list[np.ndarray], str]],
    *,
    inclusive: bool = False,
    placed: bool = False,
) -> list[str]:
    """Voxels, their centres, and the contours of structures, each in its colour."""
    offset = position * (COLUMNS + 1) * CELL

    def at(points: object) -> np.ndarray:
        return (np.asarray(points) + 0.5) * CELL + [offset, 0]

    parts = []
    for polygons, colour in structures:
        for row, column in np.argwhere(mask_of(polygons, inclusive=inclusive, placed=placed)):
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


def mask_of(polygons: list[np.ndarray], *, inclusive: bool, placed: bool) -> np.ndarray:
    """(rows, columns) of polygons in voxels; ``placed`` as the contours of one ROI."""
    points = np.concatenate(polygons)
    counts = np.array([len(polygon) for polygon in polygons])
    if placed:
        grid = grid_from_slices(
            [[0, 0, 0]],
            [1, 0, 0],
            [0, 1, 0],
            rows=ROWS,
            columns=COLUMNS,
            row_spacing_mm=1,
            column_spacing_mm=1,
        )
        drawn = Contours(np.column_stack([points, np.zeros(len(points))]), counts)
        return rasterise(place(drawn, grid), (1, ROWS, COLUMNS)).to_array()[0]
    contours = PlacedContours(
        points[:, 0], points[:, 1], counts, np.zeros(len(counts), np.int64), Counter(), 0
    )
    mask = rasterise(contours, (1, ROWS, COLUMNS))
    return (add_boundary(mask, contours) if inclusive else mask).to_array()[0]


def svg(panels: list[list[str]], captions: list[str]) -> str:
    """Panels side by side, each with its caption below."""
    width = (len(captions) * (COLUMNS + 1) - 1) * CELL
    parts = [part for panel in panels for part in panel]
    for n, words in enumerate(captions):
        x = (n * (COLUMNS + 1) + COLUMNS / 2) * CELL
        parts.append(f'<text x="{x:g}" y="{ROWS * CELL + 16}" text-anchor="middle">{words}</text>')
    return document(width, ROWS * CELL + 24, parts)


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
