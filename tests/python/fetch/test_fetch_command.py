"""``rtstruct fetch`` as a user types it, from a real S3 server with and without faults."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from fetch.faults import STUCK, proxy
from fetch.idc import FOLDERS
from rtstruct.errors import RtstructError
from rtstruct.fetch import transfer
from rtstruct.fetch.run import registered_run
from support.small_disk import STORY, unshared

if TYPE_CHECKING:
    from fetch.conftest import Command
    from fetch.idc import SmallIDC


def test_what_is_fetched_is_what_the_bucket_has(command: Command, idc: SmallIDC) -> None:
    code, output, _ = command.run("fetch", "--where", "true")
    assert (code, "6 series, 53 files" in output) == (0, True)
    assert idc.whole(command.home.cache) == {row["crdc_series_uuid"] for row in idc.series}
    rows = command.registry(
        "select kind, sum(files), sum(verified_by_md5) from downloads group by 1"
    )
    assert sorted(rows) == [("image", 50, 50), ("structure set", 3, 3)]
    status = json.loads(command.run("status", "--json")[1])
    assert status["downloads"]["bytes"] == sum(map(len, idc.objects.values()))
    assert status["download_failures"] == []


def test_a_condition_fetches_what_it_needs_and_nothing_twice(
    command: Command, idc: SmallIDC
) -> None:
    with proxy(idc.address, share=0) as server:
        for condition in ("ROIName = 'tumor'", "collection_id = 'monaco'", "ROIName = 'Star'"):
            assert command.run("fetch", "--where", condition, place=server.address)[0] == 0
    assert idc.whole(command.home.cache) == idc.uuids("monaco") | idc.uuids("oncentra")
    assert set(server.asked.values()) == {1}


def test_a_dry_run_says_how_much_and_under_which_terms(command: Command, idc: SmallIDC) -> None:
    command.run("fetch", "--where", "collection_id = 'monaco'")
    code, output, _ = command.run("fetch", "--where", "true", "--dry-run", "--json")
    kept = [row for row in idc.series if row["collection_id"] != "monaco"]
    assert code == 0
    assert json.loads(output) == {
        "series": 4,
        "structure_sets": 2,
        "images": 2,
        "files": 47,
        "GB": round(sum(row["series_size_MB"] for row in kept) / 1000, 3),
        "licenses": {"CC BY 3.0": 2, "CC BY-NC 3.0": 2},
        "series_in_cache": 2,
    }
    assert idc.whole(command.home.cache) == idc.uuids("monaco")


def test_what_forbids_commerce_is_left_out_and_said(command: Command, idc: SmallIDC) -> None:
    code, _, messages = command.run("fetch", "--where", "true", "--license", "commercial")
    assert (code, "1 structure set under CC BY-NC 3.0" in messages) == (0, True)
    assert idc.whole(command.home.cache) == idc.uuids("monaco") | idc.uuids("sarcoma")


def test_s5cmd_takes_the_manifest(command: Command, idc: SmallIDC, tmp_path: Path) -> None:
    """Then the folder that it filled is a place to fetch from."""
    manifest, mirror = tmp_path / "a manifest.txt", tmp_path / "mirror"
    mirror.mkdir()
    code, output, _ = command.run("fetch", "--where", "true", "--manifest", str(manifest))
    assert (code, f"run '{manifest}'" in output) == (0, True)
    program = str(Path(sys.executable).with_name("s5cmd"))
    s5cmd = [program, "--no-sign-request", "--endpoint-url", idc.address, "run", str(manifest)]
    subprocess.run(s5cmd, cwd=mirror, check=True, stdout=subprocess.DEVNULL)
    assert len(idc.whole(mirror)) == 6
    words = ("fetch", "--where", "true", "--from", str(mirror))
    assert command.run(*words, "--manifest", str(manifest))[0] == 2
    assert command.run("fetch", "--where", "true", "--from", str(mirror))[0] == 0
    assert len(idc.whole(command.home.cache)) == 6


def test_faults_of_every_kind_end_in_a_verified_file_or_a_row(
    command: Command, idc: SmallIDC
) -> None:
    with proxy(idc.address, seed=1) as server:
        code, _, _ = command.run("fetch", "--where", "true", place=server.address)
    assert len(server.faults) == 8
    whole = idc.whole(command.home.cache)
    assert whole == {name for (name,) in command.registry("select crdc_series_uuid from downloads")}
    failures = command.registry("select object_key, error_code from download_failures")
    files = {path.name for path in command.home.cache.glob("*/*.dcm")}
    failed = {key for key, _ in failures}
    assert code == (1 if failures else 0)
    assert {code for _, code in failures} <= {"forbidden", "not_found", "checksum"}
    # Each object is in the cache, or has a row, or its series has one.
    for key, data in idc.objects.items():
        folder, _, name = key.partition("/")
        assert (name in files) != bool({key, f"{folder}/"} & failed), key
        for path in command.home.cache.glob(f"{folder}*/{name}"):
            assert path.read_bytes() == data

    with proxy(idc.address, share=0) as server:
        assert command.run("fetch", "--where", "true", place=server.address)[0] == 0
    assert len(idc.whole(command.home.cache)) == 6
    assert command.registry("select * from download_failures") == []
    fetched = {path.partition("/")[2].partition("/")[2] for path in server.asked}
    assert {key for key in fetched if key.endswith(".dcm")} == {
        key for key in idc.objects if key.partition("/")[2] not in files
    }


def test_what_is_for_ever_wrong_is_not_tried_for_ever(command: Command, idc: SmallIDC) -> None:
    with proxy(idc.address, share=1, kinds=("wrong bytes",)) as server:
        code, output, _ = command.run(
            "fetch", "--where", "ROIName = 'tumor'", "--json", place=server.address
        )
    assert code == 1
    assert json.loads(output)["failures"] == {"checksum": 6}
    assert {count for path, count in server.asked.items() if path.endswith(".dcm")} == {2}
    assert not list(command.home.cache.glob("*/*.dcm"))


def test_killed_at_any_moment_it_goes_on(command: Command, idc: SmallIDC) -> None:
    with proxy(idc.address, share=1, kinds=("slow",)) as server:
        for files in (0, 5, 15):
            process = command.start("fetch", "--where", "true", place=server.address)
            while not server.asked or len(list(command.home.cache.glob("*/*.dcm"))) < files:
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            idc.whole(command.home.cache)
        before = {path.name for path in command.home.cache.glob("*/*.dcm")}
        server.asked.clear()
        assert command.run("fetch", "--where", "true", place=server.address)[0] == 0
    assert len(idc.whole(command.home.cache)) == 6
    assert command.registry("select count(*) from downloads") == [(6,)]
    again = {path.rpartition("/")[2] for path in server.asked}
    assert before
    assert not before & again
    assert not list(command.home.cache.glob("*.part")) + list(command.home.cache.glob("*/*.tmp"))


def test_two_at_once_share_the_work(command: Command, idc: SmallIDC) -> None:
    with proxy(idc.address, share=1, kinds=("slow",)) as server:
        both = [command.start("fetch", "--where", "true", place=server.address) for _ in range(2)]
        assert [process.communicate()[1].count("Traceback") for process in both] == [0, 0]
    assert [process.returncode for process in both] == [0, 0]
    assert len(idc.whole(command.home.cache)) == 6
    assert set(server.asked.values()) == {1}
    assert command.registry("select count(*) from downloads") == [(6,)]


def test_a_disk_that_is_too_small_is_said_before_the_first_byte(
    command: Command, catalog: Path
) -> None:
    with duckdb.connect(str(command.home.catalog)) as connection:
        connection.execute("update rtstruct.conversion_worklist set image_series_size_MB = 1e12")
    code, _, messages = command.run("fetch", "--where", "true")
    assert code == 1
    assert "GB are to be fetched and" in messages
    assert not command.home.cache.exists()


def test_a_disk_that_fills_up_is_said_and_the_work_goes_on(
    command: Command, idc: SmallIDC, tmp_path: Path
) -> None:
    with duckdb.connect(str(command.home.catalog)) as connection:
        connection.execute("update rtstruct.conversion_worklist set image_series_size_MB = 0")
    keep = tmp_path / "keep"
    keep.mkdir()
    catalog = command.home.catalog.rename(keep / command.home.catalog.name)
    kilobytes = catalog.stat().st_size // 1024 + 8000
    story = ("sh", "-c", STORY, "sh", str(command.home.root), str(kilobytes), str(keep))
    rtstruct = (sys.executable, "-m", "rtstruct", "fetch", "--where", "true")
    done = subprocess.run(
        unshared(*story, *rtstruct),
        env=os.environ | command.variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert [line for line in done.stdout.split("\n") if len(line) == 1] == ["1", "0"]
    assert len(idc.whole(keep / "cache")) == 6


def test_one_hostile_row_of_the_catalog_is_one_failure(command: Command, idc: SmallIDC) -> None:
    name = "../../outside"
    with duckdb.connect(str(command.home.catalog)) as connection:
        connection.execute(
            "update rtstruct.conversion_worklist set crdc_series_uuid = ?"
            " where collection_id = 'sarcoma'",
            [name],
        )
    before = sorted(command.home.root.parent.iterdir())
    assert command.run("fetch", "--where", "true")[0] == 1
    assert sorted(command.home.root.parent.iterdir()) == before
    assert len(idc.whole(command.home.cache)) == 5
    query = "select crdc_series_uuid, error_code from download_failures"
    assert command.registry(query) == [(name, "bad_address")]


@pytest.mark.parametrize("word", ["fetch", "convert"])
def test_a_network_that_is_absent_is_said_once(
    command: Command, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(transfer, "_FIRST_PAUSE_S", 0.001)
    with duckdb.connect(str(command.home.catalog)) as connection:
        connection.execute(
            "insert into rtstruct.conversion_worklist by name"
            " select * exclude (n) replace (uuid()::varchar as crdc_series_uuid,"
            " structure_set_key || n as structure_set_key)"
            " from rtstruct.conversion_worklist cross join range(20) as r (n)"
        )
    code, output, messages = command.run(word, "--where", "true", place="http://127.0.0.1:9")
    assert (code, output, messages.count("nothing comes from http://127.0.0.1:9")) == (1, "", 1)
    ((outcome,),) = command.registry("select outcome from runs")
    assert "nothing comes from" in outcome
    assert command.registry("select count(*) < 20 from download_failures") == [(True,)]


def test_what_is_gone_from_the_cache_is_fetched_again_and_nothing_else(
    command: Command, idc: SmallIDC
) -> None:
    assert command.run("fetch", "--where", "true")[0] == 0
    folder = max(command.home.cache.iterdir(), key=lambda path: len(list(path.iterdir())))
    removed, cut, *_ = sorted(folder.glob("*.dcm"))
    removed.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    with proxy(idc.address, share=0) as server:
        code, output, _ = command.run("fetch", "--where", "true", place=server.address)
    assert (code, "1 series" in output) == (0, True)
    fetched = {path.rpartition("/")[2] for path in server.asked if path.endswith(".dcm")}
    assert fetched == {removed.name, cut.name}
    assert len(idc.whole(command.home.cache)) == 6


@pytest.mark.parametrize(
    ("word", "number"), [("fetch", signal.SIGTERM), ("convert", signal.SIGINT)]
)
def test_a_server_that_does_not_go_on_is_not_waited_for(
    command: Command, idc: SmallIDC, word: str, number: signal.Signals
) -> None:
    with proxy(idc.address, share=1, kinds=(STUCK,), only=".dcm") as server:
        process = command.start(word, "--where", "true", place=server.address)
        while server.faults[STUCK] < 3:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(number)
        # The server would hold it up for as long as the test lasts.
        _, messages = process.communicate(timeout=60)
    assert (process.returncode, "to go on" in messages) == (130, True)
    assert "Traceback" not in messages
    assert command.registry("select distinct outcome from runs") == [("interrupted",)]


def test_a_cache_that_fails_ends_the_run_whatever_the_server_does(
    command: Command, idc: SmallIDC
) -> None:
    name = min(idc.uuids("oncentra"))
    partial = command.home.cache / f"{name}.part"
    partial.mkdir(parents=True)
    with (
        proxy(idc.address, share=1, kinds=(STUCK,), only=".dcm") as server,
        (partial / ".lock").open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = command.start("fetch", "--where", "true", place=server.address)
        while not server.faults:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        (partial / ".lock").unlink()
        partial.rmdir()
        partial.write_text("a file where a folder should be")
        _, messages = process.communicate(timeout=10)
    assert (process.returncode, f"File exists: {partial}" in messages) == (1, True)


def test_what_selects_nothing_is_said(command: Command) -> None:
    code, output, _ = command.run("fetch", "--where", "false")
    assert (code, output) == (0, "Nothing is selected by this condition.\n")


def test_what_ended_a_run_is_not_hidden_by_a_registry_that_is_gone(tmp_path: Path) -> None:
    registry = tmp_path / "registry.duckdb"
    with (
        pytest.raises(RtstructError, match="the first"),
        registered_run(registry, "fetch", "{}"),
    ):
        registry.write_text("no registry any longer, for more bytes than a header of one has")
        raise RtstructError("first", "the first")


def test_all_folders_are_served(idc: SmallIDC) -> None:
    assert {row["collection_id"] for row in idc.series} == set(FOLDERS)
