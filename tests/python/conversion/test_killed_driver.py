"""Whatever is killed when: started again, all ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from rtstruct.home import Home
from support.killed import start
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

COHORT = (
    *(
        Sketch(f"s{n:03d}", ["Lung", "sleep 0.01", "point", "fail"], image=f"image-{n}")
        for n in range(60)
    ),
    Sketch("c", ["x"], None, "no_reference"),
)
FEW = (
    Sketch("a", ["Lung", "with-image", "fail", "with-image"]),
    Sketch("b", ["Heart", "point"], image="image-2"),
    Sketch("c", ["x"], None, "no_reference"),
)


def undisturbed(folder: Path, sketches: tuple[Sketch, ...]) -> tuple[Any, Any, int]:
    road = Road(Home(folder)).catalog(*sketches)
    process = start(road.home)
    steps, _ = process.communicate()
    assert process.returncode == 0
    road.check_whole()
    return road.state(), road.files(), int(steps)


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_moments(tmp_path: Path, seed: int) -> None:
    started = time.monotonic()
    state, files, _ = undisturbed(tmp_path / "undisturbed", COHORT)
    seconds = time.monotonic() - started
    road = Road(Home(tmp_path / "killed")).catalog(*COHORT)
    generator = random.Random(seed)
    kills = 0
    for _ in range(5):
        process = start(road.home)
        time.sleep(generator.uniform(0.1, 0.5) * seconds)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    assert kills > 0
    road.convert()
    assert road.state() == state
    assert road.files() == files
    road.check_whole()


def test_killed_at_any_step(tmp_path: Path) -> None:
    state, files, steps = undisturbed(tmp_path / "undisturbed", FEW)
    assert steps > 20
    # All of them pass; a dozen spread over the run are enough to see when that changes.
    for step in range(1, steps, steps // 12):
        road = Road(Home(tmp_path / str(step))).catalog(*FEW)
        process = start(road.home, step)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, step
        if road.home.registry.exists():
            # What the registry promises is there, even now.
            for path, size in road.sql("select path, file_size from masks"):
                assert (road.home.root / path).stat().st_size == size, step
        road.convert()
        assert road.state() == state, step
        assert road.files() == files, step
        road.check_whole()


def test_killed_while_merging(tmp_path: Path) -> None:
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung"]))
    road.convert()
    (sidecar,) = road.out.rglob("provenance.json")
    told = sidecar.read_text()
    old, new = tmp_path / "old.duckdb", tmp_path / "new.duckdb"
    road.home.registry.rename(old)
    # Elsewhere, and later, the same ROI had another name.
    road.catalog(Sketch("a", ["Heart"])).convert()
    road.home.registry.rename(new)
    shutil.copy(old, road.home.registry)
    words = ("registry", "merge", str(new))
    sidecar.write_text(told)
    # The first step is to look at the sidecar.
    assert start(road.home, 1, words=words).wait() == -signal.SIGKILL
    assert "Heart" not in sidecar.read_text()
    assert start(road.home, words=words).wait() == 0
    assert road.sql("select ROIName from masks") == [("Heart",)]
    assert "Heart" in sidecar.read_text()
    road.check_whole()
