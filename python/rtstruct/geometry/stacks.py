"""Which slices of an image series form one volume.

The rule of ``models/staging/dicom_all/stg_dicom_all__slice_grids`` and ``..._stack_parts``, for
slices that the catalog does not know: frames of enhanced images, files without a catalog. A test
holds the two equal; docs/acquisitions.md states the rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.grid import POSITION_TOLERANCE, POSITION_TOLERANCE_MM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    Value: TypeAlias = float | str | None

ORIENTATION_TOLERANCE = 0.001  # of a direction cosine, and in mm of the pixel spacing
# So much of the distance to the next slice a slice fills, if its stack is complete by itself.
THICKNESS = 0.75
# A grid that lacks slices reaches no further than so many of those that it has.
MOST_LOST = 1.5
FEWEST_SLICES = 3
ROUNDS = 3

# In the order in which they are asked. A label names an acquisition. A moment may differ from slice
# to slice of one acquisition: it is believed only where it parts all positions alike.
LABELS = (
    "StackID",
    "SliceThickness",
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "EchoTime",
    "DiffusionBValue",
    "ImageType",
    "ConvolutionKernel",
)
MOMENTS = ("TriggerTime", "AcquisitionTime", "ContentTime")
RUN = "InstanceNumber"


@dataclass(frozen=True)
class Slice:
    """What may tell a slice from others of its series."""

    name: str
    """Unique; decides where nothing else does."""
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing: tuple[float, ...]
    shape: tuple[int, int]
    owner: tuple[str, str] = ("", "")
    """PatientID and FrameOfReferenceUID."""
    is_localizer: bool = False
    number: int | None = None
    """InstanceNumber, or the place of the frame."""
    values: dict[str, Value] = field(default_factory=dict)
    """Of LABELS and MOMENTS, by keyword."""


@dataclass
class _Part:
    """Slices that nothing has told apart so far; indices into all slices."""

    slices: list[int]
    separated_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stack:
    """Slices of one volume."""

    slices: tuple[int, ...]
    """Indices into the slices that were given."""
    separated_by: tuple[str, ...]
    """What told it from others, in the order in which it was asked."""


def part_stacks(slices: Sequence[Slice]) -> list[Stack]:
    """Part slices of one series into stacks, in the order of their acquisition, localizers last."""
    parts: list[Stack] = []
    for grid in _grids(slices):
        position = _positions(slices, grid)
        parts += _parted(slices, grid, position)
    return sorted(parts, key=lambda stack: _begin(slices, stack.slices))


def _begin(slices: Sequence[Slice], members: Iterable[int]) -> tuple[bool, int, str]:
    chosen = [slices[i] for i in members]
    return (
        any(each.is_localizer for each in chosen),
        min(each.number or 0 for each in chosen),
        min(each.name for each in chosen),
    )


def _grids(slices: Sequence[Slice]) -> list[list[int]]:
    """Slices of one patient, frame of reference, matrix, orientation and pixel size."""
    exact: dict[object, list[int]] = defaultdict(list)
    for i, each in enumerate(slices):
        exact[each.is_localizer, each.owner, each.shape].append(i)
    groups = list(exact.values())
    directions = [(*each.orientation, *each.spacing) for each in slices]
    for axis in range(8):
        value = [direction[axis] for direction in directions].__getitem__
        groups = [
            part for group in groups for part in _clusters(group, value, ORIENTATION_TOLERANCE)
        ]
    return groups


def _clusters(group: list[int], value: Callable[[int], float], tolerance: float) -> list[list[int]]:
    """Parts of a group between whose sorted values no gap is wider than the tolerance."""
    ordered = sorted(group, key=value)
    parts = [[ordered[0]]]
    for one, other in pairwise(ordered):
        if value(other) - value(one) > tolerance:
            parts.append([])
        parts[-1].append(other)
    return parts


def _positions(slices: Sequence[Slice], grid: list[int]) -> dict[int, tuple[int, float]]:
    """Place among the distinct positions along one normal, and mm, by index."""
    first = slices[min(grid, key=lambda i: slices[i].name)]
    normal = np.cross(first.orientation[:3], first.orientation[3:])
    length = float(np.linalg.norm(normal))
    if length == 0:
        return dict.fromkeys(grid, (0, 0.0))
    along: NDArray[np.float64] = np.array([slices[i].position for i in grid]) @ (normal / length)
    height = dict(zip(grid, along.tolist(), strict=True))
    clusters = _clusters(grid, height.__getitem__, POSITION_TOLERANCE_MM)
    return {i: (k, height[i]) for k, cluster in enumerate(clusters) for i in cluster}


def _parted(
    slices: Sequence[Slice], grid: list[int], position: dict[int, tuple[int, float]]
) -> list[Stack]:
    parts = [_Part(grid)]
    for _ in range(ROUNDS):
        before = len(parts)
        parts = [piece for part in parts for piece in _separated(slices, part, position)]
        if len(parts) == before:
            break
    return [stack for part in parts for stack in _by_order(slices, part, position)]


def _by_order(
    slices: Sequence[Slice], part: _Part, position: dict[int, tuple[int, float]]
) -> list[Stack]:
    """The first, second, ... image at each position, where nothing tells them apart."""
    copies: Counter[int] = Counter()
    pieces: dict[int, list[int]] = defaultdict(list)

    def order(i: int) -> tuple[float, int, str]:
        each = slices[i]
        trigger = each.values.get("TriggerTime")
        return (
            trigger if isinstance(trigger, float) else -1.0,
            -1 if each.number is None else each.number,
            each.name,
        )

    for i in sorted(part.slices, key=order):
        copies[position[i][0]] += 1
        pieces[copies[position[i][0]]].append(i)
    why = (*part.separated_by, "order of acquisition") if len(pieces) > 1 else part.separated_by
    return [Stack(tuple(piece), why) for piece in pieces.values()]


def _separated(
    slices: Sequence[Slice], part: _Part, position: dict[int, tuple[int, float]]
) -> list[_Part]:
    """Part slices by the first thing that truly separates them."""
    places = {p: k for k, p in enumerate(sorted({position[i][0] for i in part.slices}))}
    place = {i: places[position[i][0]] for i in part.slices}
    for keyword in (*LABELS, *MOMENTS, RUN):
        blocks = (
            _runs(slices, part.slices, position)
            if keyword == RUN
            else _blocks(slices, part.slices, keyword)
        )
        chains = _chains(blocks, place)
        if len(chains) > 1 and _is_separation(slices, keyword, chains, position, place):
            return [_Part(chain, (*part.separated_by, keyword)) for chain in chains]
    return [part]


def _blocks(slices: Sequence[Slice], members: list[int], keyword: str) -> list[list[int]]:
    """Slices of one value, in the order of the values."""
    blocks: dict[tuple[float, str], list[int]] = defaultdict(list)
    for i in members:
        value = slices[i].values.get(keyword)
        is_text = value is None or isinstance(value, str)
        key = (-1.0, str(value or "")) if is_text else (float(value or 0), "")
        blocks[key].append(i)
    return [blocks[key] for key in sorted(blocks)]


def _runs(
    slices: Sequence[Slice], members: list[int], position: dict[int, tuple[int, float]]
) -> list[list[int]]:
    """Sequences of InstanceNumbers that move on by equal steps."""
    ordered = sorted(members, key=lambda i: (slices[i].number or 0, slices[i].name))
    heights = [position[i][1] for i in ordered]
    steps = np.diff(heights)
    runs = [[ordered[0]]]
    for k in range(1, len(ordered)):
        turns = (
            2 <= k < len(ordered) - 1
            and abs(steps[k - 1] - steps[k - 2]) > POSITION_TOLERANCE_MM
            and abs(steps[k - 1] - steps[k]) > POSITION_TOLERANCE_MM
        )
        if turns:
            runs.append([])
        runs[-1].append(ordered[k])
    return runs


def _chains(blocks: list[list[int]], place: dict[int, int]) -> list[list[int]]:
    """Blocks that touch end to end are one stack: a scan in several passes."""
    chains = [list(blocks[0])]
    for before, block in pairwise(blocks):
        first, last = min(map(place.get, block)), max(map(place.get, block))  # type: ignore[type-var]
        was_first, was_last = min(map(place.get, before)), max(map(place.get, before))  # type: ignore[type-var]
        if first == was_last + 1 or last == was_first - 1:  # type: ignore[operator]
            chains[-1] += block
        else:
            chains.append(list(block))
    return chains


def _is_separation(
    slices: Sequence[Slice],
    keyword: str,
    chains: list[list[int]],
    position: dict[int, tuple[int, float]],
    place: dict[int, int],
) -> bool:
    copies = max(Counter(place.values()).values())
    if copies == 1:
        # Nothing repeats: grids that lie between each other's slices, each complete by itself.
        reach = [max(place[i] for i in c) - min(place[i] for i in c) + 1 for c in chains]
        return (
            keyword not in MOMENTS
            and any(r > len(c) for r, c in zip(reach, chains, strict=True))
            and all(
                _is_grid(slices, chain, position, r) for r, chain in zip(reach, chains, strict=True)
            )
        )
    left = max(max(Counter(place[i] for i in chain).values()) for chain in chains)
    if left == copies:
        return False
    count, spots = len(place), len(set(place.values()))
    if keyword == RUN:
        return (
            left == 1
            and min(map(len, chains)) >= FEWEST_SLICES
            and count - spots >= FEWEST_SLICES * (len(chains) - 1)
        )
    if keyword in MOMENTS:
        return len(chains) <= copies and count == len(chains) * spots
    return len(chains) <= copies or count >= FEWEST_SLICES * len(chains)


def _is_grid(
    slices: Sequence[Slice], chain: list[int], position: dict[int, tuple[int, float]], reach: int
) -> bool:
    """Even but for lost slices, and its slices as thick as they are apart.

    Slices are lost only where others of the ``reach`` positions lie between those of the chain.
    """
    if len(chain) < FEWEST_SLICES:
        return False
    gaps = np.diff(sorted(position[i][1] for i in chain))
    least = float(gaps.min())
    known = [t for i in chain if isinstance(t := slices[i].values.get("SliceThickness"), float)]
    if least <= POSITION_TOLERANCE_MM or (known and min(known) < THICKNESS * least):
        return False
    if np.ptp(gaps) <= POSITION_TOLERANCE * least:
        return True
    span = float(gaps.sum())
    return bool(
        span < MOST_LOST * len(chain) * least
        and reach > np.floor(span / least + 0.5) + 1
        and np.abs(gaps - np.floor(gaps / least + 0.5) * least).max() <= POSITION_TOLERANCE * least
    )
