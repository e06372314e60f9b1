"""Many conversions: what a second worker brings, and whether time or memory grow.

The full pipeline on phantoms made for it: index, build, convert. ``make bench-scale`` runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import phantoms
import psutil

from rtstruct.errors import RtstructError
from rtstruct.home import Home
from rtstruct.registry.summary import summarise

ROUNDS = 3
PATIENTS = 120
MANY = 2000
SAMPLE_S = 3.0
MB = 1_000_000


def rtstruct(home: Home, *words: str) -> subprocess.Popen[bytes]:
    """Start a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "rtstruct", *words],
        env={**os.environ, "RTSTRUCT_HOME": str(home.root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def run(home: Home, *words: str) -> float:
    """Seconds of a command that must succeed."""
    started = time.perf_counter()
    if rtstruct(home, *words).wait() != 0:
        raise SystemExit(f"rtstruct {' '.join(words)} failed")
    return time.perf_counter() - started


def catalog(home: Home, dicom: Path) -> None:
    run(home, "index", str(dicom))
    run(home, "build")


def speed_up(folder: Path) -> None:
    """Seconds with one worker and with two, in turn."""
    phantoms.contoured_patients(folder / "dicom", PATIENTS)
    home = Home(folder / "home")
    catalog(home, folder / "dicom")
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers, times in seconds.items():
            convert = ("convert", "--where", "true", "--resample", "1.5", "--redo", "all")
            times.append(run(home, *convert, "--workers", str(workers)))
    one, two = (median(times) for times in seconds.values())
    print(f"{PATIENTS} structure sets of 30 ROIs at 1.5 mm, medians of {ROUNDS}")
    print(f"  1 worker {one:.1f} s, 2 workers {two:.1f} s: {one / two:.2f} x", flush=True)


def endurance(folder: Path) -> None:
    """Memory of the driver and its workers, pace, and the time `status` takes, as work goes on."""
    phantoms.tiny_patients(folder / "dicom", MANY)
    home = Home(folder / "home")
    catalog(home, folder / "dicom")
    print(f"{MANY} structure sets, 2 workers")
    print("      done   per second   driver MB   workers MB   status s")
    driver = rtstruct(home, "convert", "--where", "true", "--workers", "2")
    samples: list[tuple[float, ...]] = []
    before, since = 0, time.perf_counter()
    while driver.poll() is None:
        time.sleep(SAMPLE_S)
        try:
            asked = time.perf_counter()
            done = summarise(home.registry).total.done if home.registry.exists() else 0
            now = time.perf_counter()
            own, workers = memory(driver.pid)
        except (psutil.NoSuchProcess, RtstructError):
            done = MANY
        if done == MANY:
            # The workers are gone.
            break
        pace = (done - before) / (now - since)
        before, since = done, now
        samples.append((done, own, workers))
        print(
            f"  {done:8} {pace:12.1f} {own:11.1f} {workers:12.1f} {now - asked:10.2f}", flush=True
        )
    if driver.wait() != 0:
        raise SystemExit("the conversion failed")
    # By the first quarter everything is loaded; near the end a worker may be gone.
    steady = [each for each in samples if MANY / 4 <= each[0] <= 0.9 * MANY]
    done, own, workers = np.array(steady).T
    for name, values in (("driver", own), ("workers", workers)):
        slope = np.polyfit(done, values, 1)[0] * 1000
        print(f"  {name}: {slope:+.2f} MB per 1,000 conversions")


def memory(driver: int) -> tuple[float, float]:
    """Resident MB of a process, and of all that it has started."""
    process = psutil.Process(driver)
    children = process.children(recursive=True)
    return process.memory_info().rss / MB, sum(c.memory_info().rss for c in children) / MB


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rtstruct-scale-") as folder:
        speed_up(Path(folder) / "speed")
        endurance(Path(folder) / "many")


if __name__ == "__main__":
    main()
