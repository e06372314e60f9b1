"""The rule of the rasteriser, in the slowest and most obvious way, and shapes to try it on.

Coordinates are in voxels; whole numbers are the centres. Everything is done in integers (ten
millionths of a voxel), so that ties are ties.
"""

from __future__ import annotations

import numpy as np

FINE = 10_000_000
STROKES_AND_COPIES = ("drawn twice", "overlapping")


def even_odd(polygons: list[np.ndarray], rows: int, columns: int) -> np.ndarray:
    """(rows, columns) whether each centre is inside; polygons are (n, 2) of column, row."""
    i, j = np.meshgrid(np.arange(columns) * FINE, np.arange(rows) * FINE)
    inside = np.zeros((rows, columns), dtype=bool)
    for polygon in polygons:
        points = np.rint(np.asarray(polygon) * FINE).astype(np.int64)
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            # The edge meets the rows y0 <= j < y1, left of the centre or on it.
            on_row = (y0 <= j) & (j < y1)
            left = (i - x0) * (y1 - y0) >= (x1 - x0) * (j - y0)
            inside ^= on_row & left
    return inside


def volume(planes: dict[int, list[np.ndarray]], shape: tuple[int, int, int]) -> np.ndarray:
    """(slices, rows, columns) of the polygons on each slice."""
    mask = np.zeros(shape, dtype=bool)
    for k, polygons in planes.items():
        mask[k] = even_odd(polygons, *shape[1:])
    return mask


def truth(
    name: str, planes: dict[int, list[np.ndarray]], shape: tuple[int, int, int]
) -> np.ndarray:
    """(slices, rows, columns) of one of the ``structures``: of strokes and copies the union."""
    if name not in STROKES_AND_COPIES:
        return volume(planes, shape)
    mask = np.zeros(shape, dtype=bool)
    for k, polygons in planes.items():
        for polygon in polygons:
            mask[k] |= even_odd([polygon], *shape[1:])
    return mask


def circle(column: float, row: float, radius: float, points: int = 40) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False) + 0.1234
    return np.column_stack([column + radius * np.cos(angle), row + radius * np.sin(angle)])


def box(column0: float, row0: float, column1: float, row1: float) -> np.ndarray:
    return np.array([[column0, row0], [column1, row0], [column1, row1], [column0, row1]], float)


def keyhole(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """One polygon that runs round the outside, over a bridge, round the hole, and back."""
    return np.concatenate([outer, outer[:1], inner[::-1][-1:], inner[::-1], outer[:1]])


def structures(slices: int) -> dict[str, dict[int, list[np.ndarray]]]:
    """Twenty-six structures on a matrix of 26 rows and 30 columns: polygons by slice."""
    rng = np.random.default_rng(7)
    middle = range(1, slices - 1)

    def wiggly(k: int) -> np.ndarray:
        angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        radius = 8 + 2 * np.sin(7 * angle + k)
        return np.column_stack([14 + radius * np.cos(angle), 12 + radius * np.sin(angle)])

    def everywhere(*polygons: np.ndarray) -> dict[int, list[np.ndarray]]:
        return {k: list(polygons) for k in middle}

    found = {
        "body": {k: [circle(14.3, 12.7, 11.2, 500)] for k in range(slices)},
        "sphere": {
            k: [circle(14, 12, float(np.sqrt(36 - (k - slices / 2) ** 2 * 4)), 60)]
            for k in range(slices)
            if abs(k - slices / 2) < 2.9
        },
        "ring": everywhere(circle(14, 12, 9), circle(14, 12, 5)),
        "keyhole": everywhere(keyhole(circle(14, 12, 9), circle(14, 12, 5))),
        "nested three deep": everywhere(*(circle(14, 12, r) for r in (10, 7, 4))),
        "components": everywhere(*(circle(4 + 7 * n, 6 + 4 * n, 2.4, 16) for n in range(4))),
        "lens": everywhere(circle(10.2, 9.1, 1.3, 12)),
        "sub-voxel": everywhere(box(5.2, 5.2, 5.6, 5.6)),
        "sub-voxel on a centre": everywhere(box(5.9, 5.9, 6.2, 6.2)),
        "box on centres": everywhere(box(4, 5, 14, 13)),
        "box on borders": everywhere(box(3.5, 4.5, 13.5, 12.5)),
        "diamond on centres": everywhere(np.array([[10, 4], [16, 10], [10, 16], [4, 10]], float)),
        "line": everywhere(np.array([[3, 3], [9, 8]], float)),
        "point": everywhere(np.array([[3, 3]], float)),
        "repeated points": everywhere(np.repeat(circle(12, 12, 6.5, 20), 3, axis=0)),
        "drawn twice": everywhere(circle(12, 12, 5), circle(12, 12, 5), circle(20, 15, 3)),
        "overlapping": everywhere(circle(11, 12, 5), circle(15, 12, 5)),
        "figure of eight": everywhere(np.array([[4, 4], [16, 16], [16, 4], [4, 16]], float)),
        "clipped": everywhere(circle(0, 0, 8), circle(29, 25, 6)),
        "around the image": everywhere(box(-20, -20, 60, 60)),
        "every second slice": {k: [circle(13, 11, 6)] for k in range(0, slices, 2)},
        "wiggly": {k: [wiggly(k)] for k in middle},
        "clockwise": everywhere(circle(14, 12, 7)[::-1]),
    }
    for n in range(3):
        star = circle(14, 12, 9, 41) + rng.normal(0, 0.8, (41, 2))
        found[f"rough {n}"] = everywhere(star)
    return found
