"""One picture: three panels of one scale, the image below, the lines on top."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.report.pictures.lines import contour_path, edge_path, fill_path
from rtstruct.report.pictures.planes import planes
from rtstruct.report.pictures.window import grey, window_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.report.pictures.planes import Axis, Plane

PIXELS = 280
"""A panel's side in pixels of the image; lines are exact at any size."""
_AROUND = 1.6
"""A panel shows so much more than the mask's largest extent."""
_SMALLEST_MM = 80.0
_GAP = 0.02
_QUALITY = 82


@dataclass(frozen=True, eq=False)
class Subject:
    """What a picture shows."""

    grid: ImageGrid
    image: NDArray[Any] | None
    """(slices, rows, columns); None where it is not at hand."""
    modality: str | None
    mask: NDArray[np.bool_]
    contours: PlacedContours | None
    color: tuple[int, int, int]


def picture(subject: Subject) -> str:
    """The picture as SVG, which holds all that it shows.

    Raises
    ------
    ValueError
        The mask is empty.
    """
    box = _box(subject.mask)
    cuts = planes(subject.grid)
    centres = {axis: _middle(cuts, axis, box[axis]) for axis in range(3)}
    side = max(_SMALLEST_MM, _AROUND * max(extent for _, extent in centres.values()))
    window = (0.0, 1.0)
    if subject.image is not None:
        inside = subject.image[box][subject.mask[box]]
        window = window_of(subject.modality, subject.image, inside)
    panels = "".join(
        _panel(subject, plane, place, side, box, window) for place, plane in enumerate(cuts)
    )
    width = side * (3 + 2 * _GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {side:.2f}"'
        f' width="{3 * PIXELS}" height="{PIXELS / (1 + 2 * _GAP / 3):.0f}"'
        ' font-family="system-ui, sans-serif">'
        f'<rect width="{width:.2f}" height="{side:.2f}" fill="#000"/>{panels}</svg>\n'
    )


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    found = []
    for axis in range(3):
        others = tuple(one for one in range(3) if one != axis)
        where = np.flatnonzero(mask.any(axis=others))
        if not where.size:
            raise ValueError("the mask is empty")
        found.append(slice(int(where[0]), int(where[-1]) + 1))
    return found[0], found[1], found[2]


def _axis(cuts: tuple[Plane, ...], place: int) -> Axis:
    return next(axis for plane in cuts for axis in (plane.right, plane.down) if axis.place == place)


def _middle(cuts: tuple[Plane, ...], place: int, span: slice) -> tuple[float, float]:
    """Middle and extent of the mask along an axis, mm."""
    edges = _axis(cuts, place).edges_mm
    return float(edges[span.start] + edges[span.stop]) / 2, float(
        edges[span.stop] - edges[span.start]
    )


def _on_screen(axis: Axis, span: slice) -> float:
    edges = axis.edges_mm
    middle = float(edges[span.start] + edges[span.stop]) / 2
    return float(edges[-1]) - middle if axis.is_flipped else middle


def _panel(
    subject: Subject,
    plane: Plane,
    place: int,
    side: float,
    box: tuple[slice, slice, slice],
    window: tuple[float, float],
) -> str:
    index = largest_slice(subject.mask, plane.normal, box)
    left = _on_screen(plane.right, box[plane.right.place]) - side / 2
    top = _on_screen(plane.down, box[plane.down.place]) - side / 2
    right, down = plane.right.screen_edges, plane.down.screen_edges
    mask = plane.cut(subject.mask, index)
    red, green, blue = subject.color
    color = f"#{red:02x}{green:02x}{blue:02x}"
    edge = edge_path(mask, right, down)
    parts = [
        _image(subject, plane, index, (left, top, side), window),
        f'<path d="{fill_path(mask, right, down)}" fill="{color}" fill-opacity=".16"'
        ' shape-rendering="crispEdges"/>',
        # A dark line below keeps any colour apart from any image.
        f'<path d="{edge}" fill="none" stroke="#000" stroke-opacity=".55" stroke-width="3.2"'
        ' stroke-linecap="square" vector-effect="non-scaling-stroke"/>',
        f'<path class="edge" d="{edge}" fill="none" stroke="{color}" stroke-width="1.6"'
        ' stroke-linecap="square" vector-effect="non-scaling-stroke"/>',
    ]
    if subject.contours is not None:
        drawn = contour_path(subject.contours, plane, index)
        parts.append(
            f'<path class="contour" d="{drawn}" fill="none" stroke="#fff" stroke-width=".9"'
            ' vector-effect="non-scaling-stroke"/>'
        )
    parts.append(_marks(plane, left, top, side))
    x = place * side * (1 + _GAP)
    return (
        f'<svg class="{plane.name}" x="{x:.2f}" width="{side:.2f}" height="{side:.2f}"'
        f' viewBox="{left:.2f} {top:.2f} {side:.2f} {side:.2f}">{"".join(parts)}</svg>'
    )


def largest_slice(mask: NDArray[np.bool_], normal: int, box: tuple[slice, slice, slice]) -> int:
    """The slice across an axis on which the mask has most voxels; of equal ones the middle one."""
    others = tuple(one for one in range(3) if one != normal)
    counts = mask[box].sum(axis=others)
    largest = np.flatnonzero(counts == counts.max())
    return int(box[normal].start) + int(largest[len(largest) // 2])


def _image(
    subject: Subject,
    plane: Plane,
    index: int,
    view: tuple[float, float, float],
    window: tuple[float, float],
) -> str:
    """The part of the slice that the panel shows."""
    if subject.image is None:
        return ""
    from PIL import Image

    left, top, side = view
    values = plane.cut(subject.image, index)
    spans = []
    for edges, start in ((plane.down.screen_edges, top), (plane.right.screen_edges, left)):
        first = max(int(np.searchsorted(edges, start, side="right")) - 1, 0)
        last = min(int(np.searchsorted(edges, start + side, side="left")), len(edges) - 1)
        if last <= first:
            return ""
        spans.append((edges, first, last))
    (down, v0, v1), (right, h0, h1) = spans
    shades = grey(values[v0:v1, h0:h1], window)
    shades = evenly(shades, down[v0 : v1 + 1], 0)
    shades = evenly(shades, right[h0 : h1 + 1], 1)
    shown = Image.fromarray(np.ascontiguousarray(shades), mode="L")
    width, height = float(right[h1] - right[h0]), float(down[v1] - down[v0])
    size = tuple(max(1, round(length / side * PIXELS)) for length in (width, height))
    if shown.width > size[0] or shown.height > size[1]:
        shown = shown.resize(
            (min(shown.width, size[0]), min(shown.height, size[1])), Image.Resampling.BOX
        )
    content = BytesIO()
    shown.save(content, "JPEG", quality=_QUALITY)
    data = base64.b64encode(content.getvalue()).decode("ascii")
    return (
        f'<image x="{right[h0]:.2f}" y="{down[v0]:.2f}" width="{width:.2f}" height="{height:.2f}"'
        f' preserveAspectRatio="none" href="data:image/jpeg;base64,{data}"/>'
    )


def evenly(shades: NDArray[np.uint8], edges: NDArray[np.float64], axis: int) -> NDArray[np.uint8]:
    """Voxels of uneven sizes along an axis on even ones: a picture knows one size of pixels."""
    sizes = np.diff(edges)
    if np.ptp(sizes) < 0.01 * sizes.min():
        return shades
    count = min(round(float(edges[-1] - edges[0]) / float(sizes.min())), 4 * PIXELS)
    at = edges[0] + (np.arange(count) + 0.5) * (edges[-1] - edges[0]) / count
    which = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(sizes) - 1)
    even: NDArray[np.uint8] = np.take(shades, which, axis=axis)
    return even


def _marks(plane: Plane, left: float, top: float, side: float) -> str:
    """Letters at the borders, and a scale bar."""
    size, rim = side * 0.062, side * 0.035
    middle = side / 2
    letters = (
        (rim, middle, plane.right.letters[0]),
        (side - rim, middle, plane.right.letters[1]),
        (middle, rim * 1.3, plane.down.letters[0]),
        (middle, side - rim * 1.3, plane.down.letters[1]),
    )
    text = "".join(
        f'<text x="{left + x:.2f}" y="{top + y:.2f}" dominant-baseline="central">{letter}</text>'
        for x, y, letter in letters
    )
    bar = next(length for length in (100, 50, 20, 10) if length < side / 2.5)
    x, y = left + rim, top + side - rim
    return (
        f'<g font-size="{size:.2f}" fill="#fff" stroke="#000" stroke-width="{size / 6:.2f}"'
        f' paint-order="stroke" text-anchor="middle">{text}</g>'
        f'<path d="M{x:.2f} {y:.2f}h{bar}" stroke="#fff" stroke-width="2"'
        ' vector-effect="non-scaling-stroke"/>'
        f'<text x="{x:.2f}" y="{y - rim / 2:.2f}" font-size="{size * 0.8:.2f}" fill="#fff"'
        f' stroke="#000" stroke-width="{size / 8:.2f}" paint-order="stroke">{bar} mm</text>'
    )
