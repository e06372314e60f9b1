"""The work in parts: planned, converted apart, merged, and as if it had been done at once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from rtstruct.home import Home
from support.command import Command
from support.phantoms import phantoms
from support.workspace import Road, Sketch, write_catalog


def test_shards_merge_into_what_one_run_gives(tmp_path: Path) -> None:
    sketches = [*phantoms(tmp_path / "dicom", 5), Sketch("c", ["x"], None, "no_reference")]
    home = Home(tmp_path / "home")
    write_catalog(home, sketches)
    whole = Road(home)
    one = Command(home)
    assert one.run("convert", "--where", "true")[0] == 1
    state, files = whole.state(), whole.files()
    home.registry.unlink()
    shutil.rmtree(home.masks)

    shards = tmp_path / "shards"
    code, output, _ = one.run("plan", "--where", "true", "--shards", "3", "--into", str(shards))
    assert code == 0
    paths = output.split()
    assert len(paths) == 3
    assert not home.registry.exists()
    # A node knows neither catalog nor home.
    node = Command(Home(tmp_path / "node"))
    codes = [node.run("convert", "--shard", path)[0] for path in paths]
    assert sorted(codes) == [0, 0, 1]
    assert "Nothing to do" in node.run("convert", "--shard", paths[1])[1]
    assert not home.registry.exists()
    assert not node.home.root.exists()

    registries = [str(path) for path in sorted(shards.glob("*.duckdb"))]
    for _ in range(2):
        assert one.run("registry", "merge", *registries)[0] == 0
        assert whole.state() == state
        assert whole.files() == files
    assert "Nothing to do" in one.run("convert", "--where", "true")[1]


def test_the_example_for_slurm(tmp_path: Path) -> None:
    readme = Path(__file__).parents[3] / "README.md"
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme.read_text(), re.MULTILINE | re.DOTALL)
    (example,) = [block for block in blocks if "sbatch" in block]
    # A scheduler of one machine; there are fewer image series than shards are asked for.
    sbatch = """
    sbatch() {
        for id in $(seq "${2##*-}"); do SLURM_ARRAY_TASK_ID=$id bash -e -c "${@: -1}"; done
    }
    """
    home = Home(tmp_path / "home")
    write_catalog(home, phantoms(tmp_path / "dicom", 3, voxels=12))
    with duckdb.connect(str(home.catalog)) as connection:
        connection.execute("update rtstruct.rtstruct_rois set structure = 'Lung'")
    programs = Path(sys.executable).parent
    subprocess.run(
        ["bash", "-e", "-c", sbatch + example],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "RTSTRUCT_HOME": str(home.root),
        },
        check=True,
    )
    road = Road(home)
    assert road.sql("select count(*) from masks") == [(3,)]
    road.check_whole()


def test_merging_keeps_the_newer_attempt(tmp_path: Path) -> None:
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung", "fail"]))
    road.convert()
    old = tmp_path / "old.duckdb"
    shutil.copy(road.home.registry, old)
    road.catalog(Sketch("a", ["Lung", "Heart"]))
    road.convert(redo="failed")
    state = road.state()
    code, output, _ = Command(road.home).run("registry", "merge", str(old))
    assert code == 0
    assert output.startswith("0 conversions")
    assert road.state() == state


def test_more_shards_than_image_series(command: Command, tmp_path: Path) -> None:
    code, output, _ = command.run(
        "plan", "--where", "ROIName <> 'x'", "--shards", "9", "--into", str(tmp_path / "shards")
    )
    assert code == 0
    assert len(output.split()) == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--format", "nifti"], "--format"),
        (["--labelmap"], "--labelmap"),
        (["--redo", "all"], "--redo"),
        (["--any-frame-of-reference"], "--any-frame-of-reference"),
        (["--catalog", "bigquery"], "--catalog"),
        (["--where", "true"], "--where"),
    ],
)
def test_what_a_shard_has_fixed_is_refused(
    command: Command, tmp_path: Path, words: list[str], named: str
) -> None:
    code, output, messages = command.run("convert", "--shard", str(tmp_path / "any"), *words)
    assert (code, output, messages.count("\n")) == (2, "", 1)
    assert named in messages


def test_a_file_that_is_no_shard_is_wrong_use(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "shard.jsonl"
    path.write_text('{"home": 1}\n')
    code, _, messages = command.run("convert", "--shard", str(path))
    assert code == 2
    assert "is not a shard" in messages
