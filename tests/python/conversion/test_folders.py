"""Output folders that are moved, gone, shared by option sets, or published into by two at once."""

from __future__ import annotations

import json
import multiprocessing
import shlex
import shutil
import threading
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from conversion.conftest import Road, Sketch
from rtstruct.atomic_write import write_whole
from rtstruct.cli import main
from rtstruct.conversion.publish import staging
from rtstruct.errors import UsageError
from rtstruct.pipeline.merge import merge_registries

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.home import Home

SKETCHES = (
    Sketch("a", ["Lung", "with-image", "point", "fail"]),
    Sketch("b", ["Heart", "empty"], image="image-2"),
)


@pytest.fixture
def home(road: Road, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("RTSTRUCT_HOME", str(road.home.root))
    monkeypatch.setenv("RTSTRUCT_FETCH_FROM", "http://127.0.0.1:9")
    return road.home


def _doctor(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    main(["doctor", "--json"])
    findings: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return next(each for each in findings if each["subject"] == "registry")


@pytest.mark.parametrize("inside", [True, False], ids=["inside the home", "outside"])
@pytest.mark.parametrize("above", [True, False], ids=["folder above", "folder itself"])
def test_a_folder_that_moved_is_found_and_nothing_is_made_again(
    road: Road,
    home: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    inside: bool,
    above: bool,
) -> None:
    road.catalog(*SKETCHES)
    first = home.root / "it's old" / "masks"
    made = road.convert(out=first)
    road.convert(out=home.root / "other", format="nrrd")
    others = road.sql("select * from masks where format = 'nrrd' order by all")
    before = road.sql("select ROINumber, sha256 from masks where format = 'nifti' order by all")
    target = (home.root if inside else tmp_path) / "new" / "masks"
    target.parent.mkdir()
    shutil.move(first, target)
    found = _doctor(capsys)
    assert found["state"] == "problem"
    assert f"rtstruct registry move {shlex.quote(str(first))} NEW" in found["hint"]
    old, new = (first.parent, target.parent) if above else (first, target)
    assert main(["registry", "move", f"{old}/", str(new)]) == 0
    assert _doctor(capsys)["state"] == "ok"
    after = road.sql(
        "select ROINumber, sha256, path from masks where format = 'nifti' order by 1,2"
    )
    assert [row[:2] for row in after] == before
    assert all((home.root / path).is_relative_to(target) for *_, path in after)
    assert road.sql("select * from masks where format = 'nrrd' order by all") == others
    # What it was known by has moved along: nothing is due, also for other folders.
    assert road.convert(out=target).statuses.total() == 0
    assert road.convert(out=first).masks == made.masks
    for table in ("masks", "points", "roi_failures", "mask_overlaps"):
        assert road.sql(
            f"select count(*) from {table}"
            " where conversion_id not in (select conversion_id from conversions)"
        ) == [(0,)]


def test_a_move_that_is_not_one_is_refused(
    road: Road, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    road.catalog(*SKETCHES).convert()
    state = road.state()
    (tmp_path / "empty").mkdir()
    (home.root / "two").mkdir()
    for old, new, said in (
        (home.masks, tmp_path / "none", "is no folder"),
        (home.masks, tmp_path / "empty", "none of the 3 masks is in"),
        (tmp_path / "empty", home.root / "two", "no masks were converted into"),
        (home.masks, home.masks, "knows of masks in"),
    ):
        capsys.readouterr()
        assert main(["registry", "move", str(old), str(new)]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1
        assert road.state() == state


def test_a_folder_that_is_gone_is_forgotten_and_its_neighbours_are_not(
    road: Road, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    made = road.catalog(*SKETCHES).convert()
    road.convert(out=home.root / "masks2")
    shutil.rmtree(home.root / "masks2")
    assert "registry forget" in _doctor(capsys)["hint"]
    assert main(["registry", "forget", str(home.root / "masks2")]) == 0
    assert "2 conversions, 3 masks dropped" in capsys.readouterr().out
    assert _doctor(capsys)["state"] == "ok"
    assert road.sql("select count(*) from masks") == [(made.masks,)]
    road.check_whole()
    assert main(["registry", "forget", str(home.root / "masks2")]) == 2
    assert str(home.masks) in capsys.readouterr().err


def test_two_option_sets_do_not_overwrite_each_other_unless_asked_to(road: Road) -> None:
    road.catalog(*SKETCHES).convert(boundary="centre")
    files, state = road.files(), road.state()
    with pytest.raises(UsageError, match=r'other options \(boundary "centre"\)'):
        road.convert(boundary="inclusive")
    assert (road.files(), road.state()) == (files, state)
    # Files of other names, the image beside them, another folder, or asked for.
    assert road.convert(boundary="inclusive", format="nrrd", out=road.home.root / "n").masks == 3
    assert road.convert(boundary="centre", reference=True).masks == 3
    assert road.convert(boundary="inclusive", out=road.home.root / "other").masks == 3
    assert road.convert(boundary="inclusive", redo="all").masks == 3
    # What was replaced has no row.
    assert road.sql(
        "select distinct conversions.parameters ->> 'boundary' from masks"
        " inner join conversions using (conversion_id) where output_folder like 'masks/%'"
    ) == [("inclusive",)]


def _publish_slowly(home: Home, renamed: Any, go_on: Any) -> None:
    """Convert again, and pause between renaming masks into place and registering them."""
    real = staging.writing

    def paused(path: Path) -> Any:
        renamed.set()
        go_on.wait(20)
        return real(path)

    staging.writing = paused
    Road(home).convert(redo="all", workers=1)


def test_merging_while_masks_are_published_loses_none(road: Road, tmp_path: Path) -> None:
    """A newer attempt elsewhere failed: the merge must not remove what is just being made."""
    road.catalog(Sketch("a", ["Lung"])).convert()
    foreign = tmp_path / "shard.duckdb"
    shutil.copy(road.home.registry, foreign)
    with duckdb.connect(str(foreign)) as connection:
        connection.execute(
            "insert into roi_failures by name select conversion_id, SeriesInstanceUID,"
            " SOPInstanceUID, ROINumber, ROIName, software_version, 'failed' as status,"
            " 'worker_killed' as error_code, 'it died' as message from masks"
        )
        connection.execute("delete from masks")
        connection.execute(
            "update conversions set status = 'failed', run_id = 'other',"
            " registered = registered + interval 1 minute"
        )
    context = multiprocessing.get_context("spawn")
    renamed, go_on = context.Event(), context.Event()
    converting = context.Process(target=_publish_slowly, args=(road.home, renamed, go_on))
    converting.start()
    assert renamed.wait(60)
    merging = threading.Thread(target=merge_registries, args=(road.home, [foreign]))
    merging.start()
    # Time enough for the merge to do its harm, if it does not wait.
    merging.join(2)
    go_on.set()
    converting.join(60)
    merging.join(60)
    assert converting.exitcode == 0
    for (path,) in road.sql("select path from masks"):
        assert (road.home.root / path).is_file()
    ((masks,),), ((failures,),) = (
        road.sql(f"select count(*) from {table}") for table in ("masks", "roi_failures")
    )
    assert masks + failures == 1
    road.check_whole()


def test_two_drivers_write_one_file_without_hindering_each_other(tmp_path: Path) -> None:
    target = tmp_path / "ATTRIBUTION.md"
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=_write_often, args=(target, letter * 5000)) for letter in "abcd"
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert len(set(target.read_text())) == 1
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def _write_often(target: Path, text: str) -> None:
    for _ in range(100):
        write_whole(target, text)
