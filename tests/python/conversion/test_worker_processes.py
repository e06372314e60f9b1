"""Processes that work for a driver: how they start, how they end, what ends with them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from rtstruct import processes, workers

START = {
    "by fork": "from rtstruct.processes import fork_early; fork_early()",
    "clean": "import threading as t; t.Thread(target=t.Event().wait, daemon=True).start()",
}
DRIVER = """
import json, os, sys
from support.worker_tasks import parents, sleep
from rtstruct import workers
seen = []
for batch in workers.run(parents, iter(range(3)), 1):
    seen += [done.result for done in batch]
print(json.dumps(seen), flush=True)
for _ in workers.run(sleep, iter([60.0]), 1):
    pass
"""


def start(how: str) -> subprocess.Popen[str]:
    """A driver that prints who worked for it, and then waits for somebody who sleeps."""
    return subprocess.Popen(
        [sys.executable, "-c", f"{START[how]}\n{DRIVER}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        start_new_session=True,
    )


def is_there(pid: int) -> bool:
    """Whether a process lives; one that nobody has waited for does not."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_gone(pids: list[int]) -> None:
    while any(map(is_there, pids)):
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("how", START)
def test_nothing_outlives_a_driver_that_is_killed(how: str) -> None:
    driver = start(how)
    assert driver.stdout is not None
    (worker, template), *others = json.loads(driver.stdout.readline())
    assert others == [[worker, template]] * 2, "one process works on one task after the other"
    assert len({driver.pid, worker, template}) == 3
    assert is_there(template)
    driver.kill()
    driver.wait()
    # Whoever worked or slept for it held its output open.
    driver.communicate(timeout=60)
    wait_until_gone([worker, template])


@pytest.mark.parametrize("how", START)
def test_ctrl_c_is_for_the_driver_alone(how: str) -> None:
    driver = start(how)
    assert driver.stdout is not None
    driver.stdout.readline()
    time.sleep(0.2)
    os.killpg(driver.pid, signal.SIGINT)
    _, said = driver.communicate(timeout=60)
    assert driver.returncode == -signal.SIGINT
    assert said.count("Traceback") == 1, said


def test_a_process_with_threads_is_not_forked() -> None:
    program = f"""
{START["clean"]}
from rtstruct import processes
processes.fork_early()
assert not processes._TEMPLATES
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_who_kills_the_template_costs_no_task() -> None:
    from support.worker_tasks import parents

    first = next(done.result for batch in workers.run(parents, iter([1]), 1) for done in batch)
    assert first is not None
    os.kill(first[1], signal.SIGKILL)
    (second,) = [done for batch in workers.run(parents, iter([1]), 1) for done in batch]
    assert second.result is not None
    assert second.result[1] != first[1]


def test_a_death_is_told_though_the_template_died_too() -> None:
    from support.worker_tasks import kill_template_and_self

    (done,) = [d for batch in workers.run(kill_template_and_self, iter([1]), 1) for d in batch]
    assert done.result is None
    assert done.death == "unknown cause"


def test_workers_have_the_folder_and_the_path_of_whoever_starts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.load("json")
    (tmp_path / "module_of_a_user.py").write_text(
        "from os import getcwd\ndef f(_): return getcwd()"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    import module_of_a_user  # type: ignore[import-not-found]

    (done,) = [d for batch in workers.run(module_of_a_user.f, iter([1]), 1) for d in batch]
    assert done.result == str(tmp_path)


def test_a_program_that_ends_beside_them_is_warned_of_nothing() -> None:
    program = "from rtstruct.processes import load; load('json')"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
