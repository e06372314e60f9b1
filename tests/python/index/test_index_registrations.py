"""Registration objects, as the index has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from rtstruct.phantom.identity import Study
from support.registrations import write_deformable, write_registration

if TYPE_CHECKING:
    from pathlib import Path

    from index_data import Indexer

STUDY = Study("P1")
QUARTER = np.array([[0, -1, 0, 1.5], [1, 0, 0, -2.25], [0, 0, 1, 1e-3], [0, 0, 0, 1.0]])


def indexed(index: Indexer, folder: Path) -> list[dict[str, Any]]:
    index(folder)
    (row,) = index.rows("registrations, FrameOfReferenceUID, Modality")
    assert (row["FrameOfReferenceUID"], row["Modality"]) == ("1.2.1", "REG")
    return list(row["registrations"])


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_matrices_are_read_and_put_together(index: Indexer, folder: Path, syntax: str) -> None:
    shift = np.eye(4)
    shift[:3, 3] = 10.0, 20.0, 30.0
    path = folder / "r.dcm"
    sources = [("1.2.1", [np.eye(4)]), ("1.2.2", [shift, QUARTER])]
    write_registration(path, STUDY, "1.2.1", sources)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    made = pydicom.Dataset(dataset)
    made.file_meta = dataset.file_meta
    made.save_as(path, enforce_file_format=True)

    own, other = indexed(index, folder)
    assert own == {
        "FrameOfReferenceUID": "1.2.1",
        "kind": "rigid",
        "matrix": " ".join(["1.0", *["0.0"] * 4] * 3 + ["1.0"]),
    }
    assert (other["FrameOfReferenceUID"], other["kind"]) == ("1.2.2", "rigid")
    # (1, 2, 3) is shifted to (11, 22, 33), then turned about z and shifted.
    whole = np.array(other["matrix"].split(), dtype=float).reshape(4, 4)
    assert whole @ (1, 2, 3, 1) == pytest.approx((-20.5, 8.75, 33.001, 1))


@pytest.mark.parametrize(
    ("matrix", "called"),
    [
        (np.diag([1.01, 1, 1, 1]), "RIGID"),
        (np.diag([1, 1, -1.0, 1]), "RIGID"),
        (np.diag([1, 1, 1, 2.0]), "RIGID"),
        (np.eye(4), "AFFINE"),
        (np.eye(4), "RIGID_SCALE"),
        (np.eye(4), ""),
    ],
)
def test_what_is_not_rigid_has_no_matrix(
    index: Indexer, folder: Path, matrix: np.ndarray, called: str
) -> None:
    write_registration(folder / "r.dcm", STUDY, "1.2.1", [("1.2.2", [matrix])], kind=called)
    assert indexed(index, folder) == [
        {"FrameOfReferenceUID": "1.2.2", "kind": "not_rigid", "matrix": None}
    ]


def test_a_deformable_registration_is_called_one(index: Indexer, folder: Path) -> None:
    write_deformable(folder / "r.dcm", STUDY, "1.2.1", "1.2.2")
    assert indexed(index, folder) == [
        {"FrameOfReferenceUID": "1.2.2", "kind": "deformable", "matrix": None}
    ]


@pytest.mark.parametrize("numbers", [["1"] * 15, ["x", *["0"] * 15], ["1e400", *["0"] * 15], []])
def test_numbers_that_are_no_matrix_cost_the_matrix_only(
    index: Indexer, folder: Path, numbers: list[str]
) -> None:
    path = folder / "r.dcm"
    write_registration(path, STUDY, "1.2.1", [("1.2.2", [np.eye(4)])])
    dataset = pydicom.dcmread(path)
    steps = dataset.RegistrationSequence[0].MatrixRegistrationSequence[0].MatrixSequence[0]
    steps[0x300600C6] = pydicom.DataElement(0x300600C6, "DS", numbers, already_converted=True)
    dataset.save_as(path)
    assert indexed(index, folder) == [
        {"FrameOfReferenceUID": "1.2.2", "kind": "unreadable", "matrix": None}
    ]
