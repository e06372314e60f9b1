"""A file that cannot be read is named, with the reason and what to do; the rest is indexed."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
import zipfile
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_data import Indexer, ct, save, structure_set
from pydicom.uid import DeflatedExplicitVRLittleEndian

from rtstruct.errors import RtstructError, UsageError
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch
from rtstruct.index.pool import read_all
from rtstruct.index.scan import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset


def _bytes(made: Dataset) -> bytes:
    stream = BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_each_problem_is_named_and_costs_its_file_only(index: Indexer, folder: Path) -> None:
    whole = _bytes(structure_set("1.2.8"))
    save(ct(), folder / "good.dcm")
    (folder / "cut.dcm").write_bytes(whole[:-9])
    (folder / "cut-ct.dcm").write_bytes(_bytes(ct("1.2.9"))[:-1])
    (folder / "no-uid.dcm").write_bytes(whole[:132])
    anonymous = ct()
    del anonymous.SOPInstanceUID, anonymous.file_meta
    anonymous.save_as(folder / "anonymous.dcm", implicit_vr=False, little_endian=True)
    (folder / "dangling.dcm").symlink_to(folder / "nowhere")
    (folder / "cut.zip").write_bytes(b"PK\3\4" + b"\0" * 100)
    broken = structure_set("1.2.7")
    broken.StructureSetROISequence = []
    empty, garbage = b"\x06\x30\x20\0SQ\0\0\0\0\0\0", b"\x06\x30\x20\0SQ\0\0\4\0\0\0????"
    (folder / "broken.dcm").write_bytes(_bytes(broken).replace(empty, garbage))
    (folder / "failing-disk.dcm").symlink_to("/proc/self/mem")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.dcm")).write_bytes(whole)

    result = index(folder)

    assert not result.is_clean
    assert {Path(problem["file_path"]).name: problem["code"] for problem in result.problems} == {
        "anonymous.dcm": "no_sop_instance_uid",
        "broken.dcm": "invalid_dicom",
        "caf\ufffd.dcm": "bad_name",
        "cut-ct.dcm": "truncated_pixel_data",
        "cut.dcm": "truncated_file",
        "cut.zip": "bad_archive",
        "dangling.dcm": "unreadable_file",
        "failing-disk.dcm": "unreadable_file",
        "no-uid.dcm": "truncated_file",
    }
    assert all(problem["reason"] and problem["hint"] for problem in result.problems)
    assert {row["SOPInstanceUID"] for row in index.rows()} == {"1.2.3.1", "1.2.9"}
    assert result.counts["problems"] == len(result.problems)


@pytest.mark.parametrize(
    ("keyword", "code"),
    [
        ("StudyInstanceUID", "no_study_instance_uid"),
        ("SeriesInstanceUID", "no_series_instance_uid"),
    ],
)
def test_a_file_that_belongs_to_no_series_is_told(
    index: Indexer, folder: Path, keyword: str, code: str
) -> None:
    whole, without = ct("1.2.1"), ct("1.2.2")
    delattr(without, keyword)
    save(whole, folder / "whole")
    save(without, folder / "without")

    (problem,) = index(folder).problems

    assert (problem["code"], problem["file_path"]) == (code, str(folder / "without"))
    assert keyword in problem["reason"]
    assert {row["SOPInstanceUID"] for row in index.rows()} == {"1.2.1", "1.2.2"}


def test_members_of_a_zip_fail_one_by_one(index: Indexer, folder: Path) -> None:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as writer:
        writer.writestr("a.dcm", _bytes(ct("1.2.7")))
    with zipfile.ZipFile(folder / "z.zip", "w") as writer:
        writer.writestr("cut.dcm", _bytes(structure_set())[:-9])
        writer.writestr("inner.zip", inner.getvalue())
        writer.writestr("sheet.xlsx", inner.getvalue())
        writer.writestr("good.dcm", _bytes(ct("1.2.6")))
        writer.writestr("stale.dcm", _bytes(ct("1.2.5")))
    damaged = (folder / "z.zip").read_bytes().replace(b"stale.dcm", b"other.dcm", 1)
    (folder / "z.zip").write_bytes(damaged)

    result = index(folder)

    assert {problem["archive_member"]: problem["code"] for problem in result.problems} == {
        "cut.dcm": "truncated_file",
        "inner.zip": "nested_archive",
        "stale.dcm": "bad_archive",
    }
    assert [row["archive_member"] for row in index.rows()] == ["good.dcm"]
    assert index.outcomes()["sheet.xlsx"] == "not_dicom"


def test_an_encrypted_member_is_named(index: Indexer, folder: Path) -> None:
    with zipfile.ZipFile(folder / "z.zip", "w") as writer:
        writer.writestr("a.dcm", _bytes(ct()))
    content = bytearray((folder / "z.zip").read_bytes())
    content[6] |= 1  # general purpose flag of the local header, then of the central directory
    content[content.index(b"PK\1\2") + 8] |= 1
    (folder / "z.zip").write_bytes(content)

    (problem,) = index(folder).problems
    assert problem["code"] == "encrypted_archive"


SEARCH = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STRUCTURE_SET = _bytes(structure_set(names=("Lung", "Heart")))


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(length=st.integers(0, len(STRUCTURE_SET) - 1))
def test_a_structure_set_cut_anywhere_is_never_taken_for_whole(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut"
    path.write_bytes(STRUCTURE_SET[:length])
    batch = read_batch([FoundFile(str(path), length, 0)])

    if b'"indexed"' in batch.verdicts:
        # Cut exactly between two elements: nothing in the bytes tells.
        assert _ends_between_elements(length)
    else:
        assert b'"not_dicom"' in batch.verdicts if length < 132 else b'"code"' in batch.verdicts
        assert batch.rows == b""


def _ends_between_elements(length: int) -> bool:
    whole = STRUCTURE_SET
    starts = [whole.index(tag) for tag in (b"\x06\x30\x20\x00", b"\x06\x30\x39\x00")]
    return length in starts or whole[length + 4 : length + 6].isalpha()


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.integers(132, len(STRUCTURE_SET) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=6,
    )
)
def test_corrupt_bytes_never_stop_the_run(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(STRUCTURE_SET)
    for position, value in changes:
        content[position] = value
    path = tmp_path / "corrupt"
    path.write_bytes(content)

    batch = read_batch([FoundFile(str(path), len(content), 0)])

    assert batch.verdicts.count(b"\n") == 1
    assert batch.rows.count(b"\n") == batch.verdicts.count(b'"indexed"')


def test_a_deflated_file_that_is_cut_is_named(index: Indexer, folder: Path) -> None:
    made = structure_set()
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    (folder / "cut.dcm").write_bytes(_bytes(made)[:-20])

    (problem,) = index(folder).problems
    assert problem["code"] == "invalid_dicom"


def test_a_folder_without_permission_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "a.txt").touch()
        closed = Path(name) / "closed"
        closed.mkdir(mode=0)
        with _no_privileges():
            met = list(walk(name, skip=""))

    assert [file.file_path for file in met if isinstance(file, FoundFile)] == [f"{name}/a.txt"]
    (problem,) = (file for file in met if isinstance(file, dict))
    assert (problem["file_path"], problem["code"]) == (str(closed), "unreadable_file")
    assert problem["reason"] == "Permission denied"


@contextmanager
def _no_privileges() -> Iterator[None]:
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_path_that_is_not_there_is_wrong_use(index: Indexer, folder: Path) -> None:
    with pytest.raises(UsageError, match="nowhere does not exist"):
        index(folder, folder / "nowhere")


def test_a_file_that_is_no_index_is_not_overwritten(index: Indexer, folder: Path) -> None:
    index.path.parent.mkdir()
    index.path.write_text("my thesis")

    with pytest.raises(RtstructError, match="is no index") as caught:
        index(folder)
    assert caught.value.code == "not_an_index"
    assert index.path.read_text() == "my thesis"


def test_a_file_that_kills_its_reader_costs_that_file_only(folder: Path) -> None:
    """A pipe blocks whoever opens it; the test kills that process, as the kernel would."""
    files = [save(ct(f"1.2.{number}"), folder / f"{number}.dcm") for number in range(40)]
    deadly = folder / "17b.dcm"
    os.mkfifo(deadly)
    everything = sorted([*files, deadly])
    killed: list[int] = []
    ended = threading.Event()
    thread = threading.Thread(target=_kill_readers, args=(deadly, killed, ended))
    thread.start()
    try:
        batches = list(read_all(_found(everything), len(everything)))
    finally:
        ended.set()
        thread.join()

    assert len(killed) == 2
    assert sum(count for count, _ in batches) == 41
    rows = b"".join(batch.rows for _, batch in batches)
    verdicts = b"".join(batch.verdicts for _, batch in batches)
    assert rows.count(b"\n") == 40
    assert verdicts.count(b'"reader_crashed"') == 1
    assert verdicts.count(b'"indexed"') == 40


def _found(paths: list[Path]) -> Iterator[FoundFile]:
    for path in paths:
        yield FoundFile(str(path), path.stat().st_size, 0)


def _kill_readers(pipe: Path, killed: list[int], ended: threading.Event) -> None:
    while not ended.is_set():
        time.sleep(0.02)
        with suppress(OSError):  # nobody reads the pipe
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            process = _reader(pipe)
            os.kill(process, signal.SIGKILL)
            killed.append(process)
            os.close(writer)


def _reader(pipe: Path) -> int:
    while True:
        for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
            process = int(descriptor.parts[2])
            with suppress(OSError):
                if process != os.getpid() and descriptor.readlink() == pipe:
                    return process
