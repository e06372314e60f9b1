"""What a registration object says: which frames of reference it ties, and by which matrix.

Spatial Registration and Deformable Spatial Registration, PS3.3 sections C.20.2 and C.20.3. Names,
labels and comments in them are not read: numbers and UIDs decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rtstruct.index.values import text, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from rtstruct.dicom.elements import DataSet, Element

SPATIAL_REGISTRATION: Final = "1.2.840.10008.5.1.4.1.1.66.1"
DEFORMABLE_REGISTRATION: Final = "1.2.840.10008.5.1.4.1.1.66.3"
REGISTRATION_SEQUENCE: Final = 0x00700308
DEFORMABLE_REGISTRATION_SEQUENCE: Final = 0x00640002

_FRAME_OF_REFERENCE_UID: Final = 0x00200052
_SOURCE_FRAME_OF_REFERENCE_UID: Final = 0x00640003
_MATRIX_REGISTRATION_SEQUENCE: Final = 0x00700309
_MATRIX_SEQUENCE: Final = 0x0070030A
_MATRIX_TYPE: Final = 0x0070030C
_MATRIX: Final = 0x300600C6
# Cosines are decimal strings, rounded: over 300 mm of a patient 0.15 mm.
RIGID_TOLERANCE: Final = 1e-3
RIGID: Final = "RIGID"
# No patient is a kilometre long: such a number is damage.
LARGEST: Final = 1e6


def registrations(
    data_set: DataSet, elements: Mapping[int, Element], sop_class: str | None
) -> list[dict[str, Any]]:
    """One row per frame of reference that a registration object maps into its own.

    ``matrix`` holds 16 numbers, row by row, from mm of that frame to mm of the object's own, only
    where ``kind`` is ``rigid``: the object calls it so, and the numbers are a rotation and a shift.
    Other kinds: ``not_rigid``, ``deformable``, ``unreadable``.

    Raises
    ------
    RtstructError
        ``invalid_dicom``, ``truncated_file``.
    """
    if sop_class == DEFORMABLE_REGISTRATION:
        sequence = elements.get(DEFORMABLE_REGISTRATION_SEQUENCE)
        frames = [
            text(data_set, item.get(_SOURCE_FRAME_OF_REFERENCE_UID))
            for item in _items(data_set, sequence, _SOURCE_FRAME_OF_REFERENCE_UID)
        ]
        return [_row(frame, "deformable") for frame in frames]
    if sop_class != SPATIAL_REGISTRATION:
        return []
    found = []
    wanted = (_FRAME_OF_REFERENCE_UID, _MATRIX_REGISTRATION_SEQUENCE)
    for item in _items(data_set, elements.get(REGISTRATION_SEQUENCE), *wanted):
        matrix, types = _matrix(data_set, item.get(_MATRIX_REGISTRATION_SEQUENCE))
        kind = "unreadable"
        if matrix is not None:
            kind = "rigid" if types == {RIGID} and is_rigid(matrix) else "not_rigid"
        frame = text(data_set, item.get(_FRAME_OF_REFERENCE_UID))
        found.append(_row(frame, kind, matrix if kind == "rigid" else None))
    return found


def is_rigid(matrix: NDArray[np.float64]) -> bool:
    """Whether a matrix (4, 4) is a rotation and a shift: no scale, shear or mirror."""
    import numpy as np

    turn = matrix[:3, :3]
    return bool(
        np.abs(turn.T @ turn - np.eye(3)).max() <= RIGID_TOLERANCE
        and np.linalg.det(turn) > 0
        and np.array_equal(matrix[3], [0, 0, 0, 1])
    )


def _row(frame: str | None, kind: str, matrix: NDArray[np.float64] | None = None) -> dict[str, Any]:
    numbers = None if matrix is None else " ".join(map(repr, matrix.ravel().tolist()))
    return {"FrameOfReferenceUID": frame, "kind": kind, "matrix": numbers}


def _matrix(
    data_set: DataSet, sequence: Element | None
) -> tuple[NDArray[np.float64] | None, set[str | None]]:
    """(4, 4), None if it cannot be read, and what it is called; of several the first comes first.

    PS3.3 section C.20.2.1.1.
    """
    import numpy as np

    from rtstruct.dicom.decimals import parse_decimals

    steps = [
        step
        for item in _items(data_set, sequence, _MATRIX_SEQUENCE)
        for step in _items(data_set, item.get(_MATRIX_SEQUENCE), _MATRIX, _MATRIX_TYPE)
    ]
    types = {text(data_set, step.get(_MATRIX_TYPE)) for step in steps}
    whole = np.eye(4)
    for step in steps:
        numbers = parse_decimals(written(data_set, step[_MATRIX])) if _MATRIX in step else None
        if numbers is None or len(numbers) != 16 or not np.abs(numbers).max() < LARGEST:
            return None, types
        whole = numbers.reshape(4, 4) @ whole
    return (whole if steps else None), types


def _items(
    data_set: DataSet, sequence: Element | None, *wanted: int
) -> Iterator[dict[int, Element]]:
    if sequence is not None:
        yield from data_set.walk(sequence, wanted)
