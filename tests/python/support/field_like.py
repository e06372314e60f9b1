"""Structure sets as the field has them, and a slow judge who knows the solid that was drawn.

A solid (rods, balls, tubes, side by side) is drawn on planes of any spacing, offset and tilt, and
then maltreated: rounded, stored twice, drawn in strokes, bent, cut short. The judge looks at every
voxel centre by formula. What the program says must be right within the stated bounds, or told.

``python -m support.field_like SECONDS``, in tests/python, looks for silent errors.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from rtstruct.codes import lacks
from rtstruct.conversion.masks.notes import left_out, notes_on_drawing
from rtstruct.geometry.contours import Contours, place
from rtstruct.geometry.grid import ImageGrid, grid_from_slices
from rtstruct.geometry.planimetry import slices_that_differ
from rtstruct.geometry.scanline import rasterise

VOLUME, DICE, CONTOURS = 0.05, 0.95, 0.08
"""What is right: shares of the solid's voxels, and of its volume by formula for the contours."""
DICE_FROM_MM = 8.0
# Notes that tell a user that a mask may not be what was drawn.
TOLD = {
    *("clipped", "coarse_planes", "empty_slices", "moved", "off_plane", "outside_stack"),
    *("overlapping", "single_plane", "volume_differs", "volume_lost", "voxels_differ"),
}


@dataclass(frozen=True)
class Body:
    """A rod, ball or tube about the planes' normal; mm."""

    kind: str
    x: float
    y: float
    radius: float
    hole: float
    low: float
    high: float
    strokes: bool
    """Whether its outline is drawn as two circles that overlap, side by side."""
    keyhole: bool

    def inside(self, points: np.ndarray) -> np.ndarray:
        """(...) of (..., 3) points in the frame of the planes."""
        x, y, z = points[..., 0] - self.x, points[..., 1] - self.y, points[..., 2]
        if self.kind == "ball":
            middle = (self.low + self.high) / 2
            return x**2 + y**2 + (z - middle) ** 2 < self.radius**2
        between = (z >= self.low) & (z < self.high)
        apart = self.radius / 2 if self.strokes else 0
        disc = np.hypot(x - apart, y) < self.radius
        if self.strokes:
            disc = disc | (np.hypot(x + apart, y) < self.radius)
        return between & disc & (np.hypot(x, y) >= self.hole)

    def outlines(self, z: float) -> list[np.ndarray]:
        """(points, 2) each, on a plane."""
        if not self.low <= z < self.high:
            return []
        if self.kind == "ball":
            middle = (self.low + self.high) / 2
            square = self.radius**2 - (z - middle) ** 2
            return [ring(self.x, self.y, np.sqrt(square))] if square > 0.04 else []
        apart = self.radius / 2
        if self.strokes:
            return [ring(self.x + side, self.y, self.radius) for side in (-apart, apart)]
        outer = ring(self.x, self.y, self.radius)
        if not self.hole:
            return [outer]
        inner = ring(self.x, self.y, self.hole)
        if self.keyhole:
            return [np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])]
        return [outer, inner]

    def volume(self) -> float:
        """mm3, by formula."""
        if self.kind == "ball":
            return float(4 / 3 * np.pi * self.radius**3)
        disc = np.pi * (self.radius**2 - self.hole**2)
        if self.strokes:
            r, d = self.radius, self.radius
            lens = 2 * r**2 * np.arccos(d / (2 * r)) - d / 2 * np.sqrt(4 * r**2 - d**2)
            disc = 2 * np.pi * r**2 - lens
        return float(disc * (self.high - self.low))


def ring(x: float, y: float, radius: float, points: int = 90) -> np.ndarray:
    """A polygon of a circle's area."""
    angle = np.arange(points) * 2 * np.pi / points + 0.1
    radius = radius * np.sqrt(2 * np.pi / points / np.sin(2 * np.pi / points))
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


@dataclass(frozen=True)
class Situation:
    """A stack, a solid, and what was done to its contours."""

    spacing: tuple[float, float, float]
    """Between slices, rows, columns."""
    turn: tuple[float, float, float]
    """Of the image in the patient: degrees about x, y, z."""
    tilt: float
    """Of the planes against the slices, in degrees."""
    towards: float
    """Direction of the tilt, in degrees."""
    gap: float
    """Between planes, in slices."""
    offset: float
    """Of the middle of the solid from a slice, in slices."""
    bodies: tuple[Body, ...]
    decimals: int
    copies: int
    """How often contours are stored more than once: of every n-th contour; 0 is never."""
    jitter: float
    """Of copies, in mm."""
    bend: float
    """Of one vertex of every third contour off its plane, in mm."""
    lost: int
    """How many planes in the middle are missing."""
    specks: bool
    """Whether points and slivers lie about."""
    seed: int


def rotation(x: float, y: float, z: float) -> np.ndarray:
    turn = np.eye(3)
    for axis, degrees in enumerate((x, y, z)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        one = np.eye(3)
        a, b = [k for k in range(3) if k != axis]
        one[a, a], one[a, b], one[b, a], one[b, b] = c, -s, s, c
        turn = one @ turn
    return turn


SLICES, ROWS, COLUMNS = 24, 64, 72


def grid_of(situation: Situation) -> ImageGrid:
    axes = rotation(*situation.turn).T
    between, rows, columns = situation.spacing
    corner = -(COLUMNS - 1) / 2 * columns * axes[0] - (ROWS - 1) / 2 * rows * axes[1]
    steps = (np.arange(SLICES) - SLICES // 2) * between
    return grid_from_slices(
        np.round(corner + np.outer(steps, axes[2]) + [12.3, -45.6, 78.9], 4),
        axes[0],
        axes[1],
        rows=ROWS,
        columns=COLUMNS,
        row_spacing_mm=rows,
        column_spacing_mm=columns,
    )


def frame_of(situation: Situation) -> tuple[np.ndarray, np.ndarray]:
    """Axes of the planes as rows, and their origin, in the patient."""
    axes = rotation(*situation.turn).T
    a, b = np.radians(situation.tilt), np.radians(situation.towards)
    pole = np.array([np.cos(b), np.sin(b), 0.0])
    cross = np.cross(np.eye(3), pole)
    tilted = np.eye(3) - np.sin(a) * cross + (1 - np.cos(a)) * cross @ cross
    origin = situation.offset * situation.spacing[0] * axes[2] + [12.3, -45.6, 78.9]
    return tilted.T @ axes, origin


def contours_of(situation: Situation) -> Contours:
    rng = np.random.default_rng(situation.seed)
    axes, origin = frame_of(situation)
    gap = situation.gap * situation.spacing[0]
    count = int(np.ceil(40 * situation.spacing[0] / gap))
    heights = (np.arange(-count, count) + 0.5) * gap
    on = [z for z in heights if any(body.outlines(z) for body in situation.bodies)]
    middle = len(on) // 2
    gone = set(on[middle : middle + situation.lost]) if len(on) > situation.lost + 2 else set()
    drawn = [
        np.column_stack([outline, np.full(len(outline), z)])
        for z in on
        if z not in gone
        for body in situation.bodies
        for outline in body.outlines(z)
    ]
    for number, points in enumerate(list(drawn)):
        if situation.bend and number % 3 == 0:
            points[rng.integers(len(points)), 2] += situation.bend
        if situation.copies and number % situation.copies == 0:
            for _ in range(int(rng.integers(1, 4))):
                copy = np.roll(points, int(rng.integers(len(points))), axis=0)[
                    :: int(rng.choice([-1, 1]))
                ].copy()
                copy[:, :2] += rng.uniform(-1, 1, (len(copy), 2)) * situation.jitter
                drawn.append(copy)
    if situation.specks:
        x, y, z = *rng.uniform(-5, 5, 2), float(rng.uniform(-3, 3))
        drawn.append(np.array([[x, y, z]]))
        drawn.append(np.array([[x, y, z], [x + 3, y, z], [x + 6, y, z]]))
    order = rng.permutation(len(drawn))
    drawn = [np.round(drawn[n] @ axes + origin, situation.decimals) for n in order]
    return Contours(np.concatenate(drawn), np.array([len(points) for points in drawn]))


@dataclass(frozen=True)
class Verdict:
    kind: str
    """``right``, ``told`` or ``silent``."""
    what: str


def errors_of(
    situation: Situation,
    found: np.ndarray,
    centres: np.ndarray,
    contour_volume_mL: float,
    codes: set[str],
) -> tuple[list[str], str]:
    """What is wrong with a mask, looking at every voxel; and the figures.

    ``found`` is a mask of any grid of slices as far apart as the situation's; ``centres`` (..., 3)
    says in mm where its voxels are in the patient.
    """
    axes, origin = frame_of(situation)
    local = (centres - origin) @ axes.T
    truth = np.zeros(found.shape, dtype=bool)
    for body in situation.bodies:
        truth |= body.inside(local)
    volume = sum(body.volume() for body in situation.bodies)
    # Rounding moves every outline by up to half a unit: so much of its surface is no error.
    unit = 0.5 * 10.0**-situation.decimals + situation.jitter
    around = sum(2 * (body.radius + body.hole) / body.radius**2 for body in situation.bodies)
    blur = unit * max(around, 1e-9) if unit > 0.01 else 0.0
    count = int(truth.sum())
    wrong = []
    # An end that lies on the centres of a slice has it or not by the last digit.
    made = int(found.sum())
    voxels = volume / np.prod(situation.spacing)
    error = min(((made - n) / max(n, 1) for n in (count, voxels)), key=abs)
    few = 4 * np.sqrt(max(count, 1)) / max(count, 1)
    if abs(error) > VOLUME + blur + (few if min(b.radius for b in situation.bodies) < 8 else 0):
        wrong.append(f"volume {error:+.3f}")
    dice = 2 * int((found & truth).sum()) / max(made + count, 1)
    if min(b.radius for b in situation.bodies) >= DICE_FROM_MM and dice < DICE - blur:
        wrong.append(f"Dice {dice:.3f}")
    off = contour_volume_mL * 1000 / volume - 1
    if abs(off) > CONTOURS + blur and "single_plane" not in codes:
        wrong.append(f"contours {off:+.3f}")
    return wrong, f"{error:+.3f} {dice:.3f} {off:+.3f}"


def judge(situation: Situation) -> Verdict:
    """Make the mask and look at every voxel."""
    grid = grid_of(situation)
    contours = contours_of(situation)
    placed = place(contours, grid)
    mask = rasterise(placed, grid.shape)
    differing = 0 if placed.clipped else slices_that_differ(mask, placed)
    if differing:
        placed = place(contours, grid, exact=True)
        differing = slices_that_differ(mask, placed)
    notes = [*left_out(placed.skipped), *notes_on_drawing(placed.drawing, "union", differing)]
    codes = {note.split(":")[0] for note in notes}
    if placed.clipped:
        codes.add("clipped")
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    centres = (
        grid.slice_origins[k]
        + j[..., None] * grid.spacing_mm[1] * grid.column_direction
        + i[..., None] * grid.spacing_mm[2] * grid.row_direction
    )
    found = mask.to_array() > 0
    wrong, figures = errors_of(situation, found, centres, placed.drawing.volume_mL, codes)
    if not wrong:
        return Verdict("right", f"{figures} {sorted(codes)}")
    is_told = bool(codes & TOLD) or lacks(notes)
    return Verdict("told" if is_told else "silent", f"{', '.join(wrong)} {sorted(codes)}")


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Anything that the field may bring."""
    number = lambda low, high: draw(st.integers(0, 1000)) / 1000 * (high - low) + low  # noqa: E731
    between = number(1.0, 5.0)
    gap = draw(st.sampled_from([0.3, 0.5, 0.7, 1.0, 1.0, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0]))
    gap = draw(st.sampled_from([gap, gap, number(0.3, 4.0)]))
    step = gap * between
    bodies = []
    for n in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["rod", "rod", "ball", "tube"]))
        radius = number(4.0, 7.0) if n else number(4.0, 11.0)
        room = 8 * between
        planes = draw(st.integers(2, max(int(2 * room / step), 2)))
        low = -(planes // 2) * step
        strokes = kind == "rod" and draw(st.integers(0, 3)) == 0
        if kind == "ball":
            low, planes = -radius, 2 * radius / step
        bodies.append(
            Body(
                kind=kind,
                x=(0.0, -21.0, 21.0)[n] + number(-0.5, 0.5),
                y=number(-3.0, 3.0),
                radius=radius * (0.7 if strokes else 1),
                hole=radius * number(0.3, 0.7) if kind == "tube" else 0.0,
                low=low,
                high=low + planes * step,
                strokes=strokes,
                keyhole=draw(st.booleans()),
            )
        )
    # Balls between planes are not drawn.
    planes_at = (np.arange(-200, 200) + 0.5) * step
    bodies = [body for body in bodies if any(body.outlines(z) for z in planes_at)]
    assume(bodies)
    return Situation(
        spacing=(between, number(0.8, 1.3), number(0.9, 1.4)),
        turn=draw(
            st.sampled_from([(0, 0, 0), (0, 0, 0), (90, 0, 0), (0, 90, 90), (180, 0, 0)])
            | st.tuples(*[st.integers(-40, 40)] * 3)
        ),
        tilt=draw(st.sampled_from([0.0, 0.0, 0.0, number(0.0, 8.0)])),
        towards=number(0.0, 360.0),
        gap=gap,
        offset=draw(st.sampled_from([gap / 2, gap / 2, 0.0, number(-0.5, 0.5)])),
        bodies=tuple(bodies),
        decimals=draw(st.sampled_from([3, 3, 2, 2, 1, 1, 0])),
        copies=draw(st.sampled_from([0, 0, 0, 1, 2, 5])),
        jitter=draw(st.sampled_from([0.0, 0.0, 0.02, 0.05])),
        bend=draw(st.sampled_from([0.0, 0.0, 0.0, 0.2, 0.4])),
        lost=draw(st.sampled_from([0, 0, 0, 0, 0, 1, 2])),
        specks=draw(st.sampled_from([False, False, True])),
        seed=draw(st.integers(0, 1000)),
    )


def search(seconds: float) -> Counter[str]:
    """Try situations as long as said; print every silent error."""
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(situations())
    def one(situation: Situation) -> None:
        if time.monotonic() < end:
            verdict = judge(situation)
            counts[verdict.kind] += 1
            if verdict.kind == "silent" or (len(sys.argv) > 2 and verdict.kind == "told"):
                print(verdict.what, situation, flush=True)

    batch = 0
    while time.monotonic() < end:
        # A fresh start: within one run hypothesis varies what it knows.
        batch += 1
        seed(batch)(one)()
        print(dict(counts), flush=True)
    return counts


if __name__ == "__main__":
    search(float(sys.argv[1]))
