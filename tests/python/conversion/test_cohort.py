"""Two hundred patients, and all that can happen to a machine meanwhile: nothing lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rtstruct.conversion.publish.staging import STAGING
from rtstruct.home import Home
from support.command import Command
from support.killed import start
from support.phantoms import phantoms
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

PATIENTS = 200
KILLS = 20
CONVERT = ("convert", "--where", "true", "--workers", "2")


@dataclass(frozen=True)
class Cohort:
    """Patients, and what an undisturbed conversion makes of them."""

    sketches: list[Sketch]
    state: dict[str, list[tuple[Any, ...]]]
    files: dict[str, bytes]
    steps: int
    """That the driver took on the file system."""

    def road(self, folder: Path) -> Road:
        home = Home(folder)
        write_catalog(home, self.sketches)
        return Road(home)

    def check(self, road: Road) -> None:
        """All is as after the undisturbed conversion: each row but for run, task and times."""
        assert road.state() == self.state
        assert road.files() == self.files
        road.check_whole()


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Most have a mask and an empty ROI; every 20th file is cut off, every 25th has no image."""
    folder = tmp_path_factory.mktemp("cohort")
    sketches = phantoms(folder / "dicom", PATIENTS, voxels=16, slices=3)
    for sketch in sketches[::20]:
        file = Path(sketch.file_path)
        file.write_bytes(file.read_bytes()[:2000])
    sketches[::25] = [
        replace(sketch, image=None, reason_code="image_absent") for sketch in sketches[::25]
    ]
    blank = Cohort(sketches, {}, {}, 0)
    road = blank.road(folder / "undisturbed")
    with start(road.home, words=CONVERT) as process:
        output, _ = process.communicate()
    state = road.state()
    assert [len(state[name]) for name in ("conversions", "masks")] == [PATIENTS, 184]
    return Cohort(sketches, state, road.files(), int(output.split()[-1]))


def test_a_driver_killed_twenty_times(cohort: Cohort, tmp_path: Path) -> None:
    road = cohort.road(tmp_path)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    generator = random.Random(seed)
    # Together they take three quarters of the steps that are needed: none comes to the end.
    limit = 3 * cohort.steps // (2 * KILLS)
    for _ in range(KILLS):
        step, delay_s = generator.randrange(1, limit), generator.choice([0, 0.002, 0.01])
        with start(road.home, step, delay_s, CONVERT) as process:
            process.communicate()
        assert process.returncode == -signal.SIGKILL
    unfinished = "select count(*) from runs where outcome is null"
    print(road.sql("select count(*) from masks"), road.sql(unfinished))
    assert Command(road.home).run(*CONVERT)[0] == 1
    cohort.check(road)


def test_workers_killed_again_and_again(cohort: Cohort, tmp_path: Path) -> None:
    road = cohort.road(tmp_path)
    process = Command(road.home).start(*CONVERT)
    killed = 0
    for task in (1, 40, 80):
        wait_for_task(road, task)
        killed += kill_a_worker(process)
    process.communicate()
    assert killed
    assert process.returncode == 1
    cohort.check(road)


def wait_for_task(road: Road, number: int) -> None:
    """Wait until a task of this number, or a later one, is worked on."""
    for _ in range(30_000):
        folders = road.out.glob(f"{STAGING}/*/[0-9]*")
        if any(int(path.name[:6]) >= number for path in folders):
            return
        time.sleep(0.002)
    pytest.fail("no task came")


def kill_a_worker(driver: subprocess.Popen[str]) -> bool:
    """Kill a worker, as soon as there is one; returns whether one came."""
    while driver.poll() is None:
        for worker in workers_of(driver.pid):
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                return True
        time.sleep(0.01)
    return False


def workers_of(driver: int) -> Iterator[int]:
    """Children of the children of a process: its workers, which a server of forks has started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        # Some end while we look.
        with suppress(OSError):
            facts = path.read_text().rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(facts[1])
    return (child for child, parent in parents.items() if parents.get(parent) == driver)
