"""How the frames of reference of a patient are tied by rigid registrations in the catalog."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

MISMATCH = "frame_of_reference_mismatch"
BY_REGISTRATION = "registration"
"""Evidence of an image that only a registration ties to a structure set."""

Direction = Literal["forward", "inverse", "forward, then inverse"]


@dataclass(frozen=True)
class Registration:
    """One way from a frame of reference to that of an image, and the object that says it."""

    SOPInstanceUID: str
    direction: Direction
    """The object's matrix, its inverse, or one matrix and the inverse of another."""
    matrix: tuple[float, ...]
    """16 numbers, row by row: from mm of the one to mm of the other."""


@dataclass(frozen=True)
class FrameTie:
    """What registrations say of a structure set's frame of reference and an image's."""

    FrameOfReferenceUID: str
    """Of the structure set."""
    registrations: tuple[Registration, ...]
    """Rigid ones, by SOPInstanceUID."""
    not_rigid: int = 0
    """Objects that tie the two otherwise, too or only."""


Place: TypeAlias = "tuple[str, str | None]"
"""PatientID, empty where there is none, and the frame of reference of an image."""
_Objects: TypeAlias = "dict[tuple[str, str], dict[str, list[NDArray[np.float64] | None]]]"
"""By SOPInstanceUID and own frame: matrices (4, 4) of other frames to it, None unless rigid."""


def find_ties(
    connection: duckdb.DuckDBPyConnection, places: Collection[Place]
) -> dict[Place, tuple[FrameTie, ...]]:
    """What registrations of each patient tie to the frame of reference of an image."""
    import duckdb

    try:
        stated = connection.execute(_TIES, [list({patient for patient, _ in places})]).fetchall()
    except duckdb.CatalogException:
        return {}  # a build of chosen models
    if not stated:
        return {}
    # Most commands have nothing to do with matrices.
    import numpy as np

    objects: dict[str, _Objects] = defaultdict(dict)
    for patient, sop, own, source, kind, matrix in stated:
        members = objects[patient].setdefault((sop, own), {})
        if source:
            members.setdefault(source, []).append(_numbers(matrix) if kind == "rigid" else None)
    for of_patient in objects.values():
        for (_, own), members in of_patient.items():
            # That an object leaves its own frame where it is need not be said.
            if own:
                members.setdefault(own, [np.eye(4)])
    return {
        (patient, frame): _ties(frame, objects.get(patient, {})) for patient, frame in set(places)
    }


def _ties(image_frame: str | None, objects: _Objects) -> tuple[FrameTie, ...]:
    frames = {frame for members in objects.values() if image_frame in members for frame in members}
    return tuple(
        _tie(frame, image_frame, objects) for frame in sorted(frames) if image_frame != frame
    )


def _tie(frame: str, image_frame: str | None, objects: _Objects) -> FrameTie:
    import numpy as np

    found: list[Registration] = []
    not_rigid = 0
    for (sop, own), members in sorted(objects.items(), key=lambda item: item[0]):
        if image_frame is None or frame not in members or image_frame not in members:
            continue
        direction: Direction = "forward, then inverse"
        if own in (frame, image_frame):
            direction = "forward" if own == image_frame else "inverse"
        ways = list(product(members[frame], members[image_frame]))
        for one, other in ways:
            if one is not None and other is not None:
                whole = np.linalg.inv(other) @ one
                found.append(Registration(sop, direction, tuple(whole.ravel().tolist())))
        not_rigid += any(one is None or other is None for one, other in ways)
    return FrameTie(frame, tuple(found), not_rigid)


def _numbers(matrix: str | None) -> NDArray[np.float64] | None:
    import numpy as np

    return None if matrix is None else np.array(matrix.split(), dtype=np.float64).reshape(4, 4)


_TIES = """
select
    coalesce(PatientID, ''),
    SOPInstanceUID,
    coalesce(FrameOfReferenceUID, ''),
    source_FrameOfReferenceUID,
    kind,
    matrix
from rtstruct.registrations
where list_contains(?, coalesce(PatientID, ''))
"""
