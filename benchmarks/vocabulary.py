"""Seconds and peak memory of the vocabulary's SQL as the number of distinct names grows.

Names are made by recombining the vocabulary's own words, sides and numbers; one in ten holds a word
that is misspelt.

    python benchmarks/vocabulary.py [--models] [NAMES...]
"""

from __future__ import annotations

import csv
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from rtstruct.catalog.project import project_folder
from rtstruct.catalog.vocabulary import statements
from rtstruct.home import Home

SEPARATORS = (" ", "_", "-", ".", "", " - ", "+")
NUMBERS = ("", "", "", "1", "2", "05", "3mm", "60Gy", "5000", "v2")


def make_names(count: int) -> list[str]:
    """The same names with every call, each another one."""
    choose = random.Random(263)  # noqa: S311 - made-up names, no secrets
    with (project_folder() / "seeds" / "vocabulary" / "roi_words.csv").open() as stream:
        words = sorted({row["word"] for row in csv.DictReader(stream)})
    names: set[str] = set()
    while len(names) < count:
        parts = [*choose.choices(words, k=choose.randint(1, 3)), choose.choice(NUMBERS)]
        if choose.random() < 0.1:
            place = choose.randrange(len(parts[0]))
            parts[0] = parts[0][:place] + choose.choice("abcdefghij") + parts[0][place + 1 :]
        name = choose.choice(SEPARATORS).join(part for part in parts if part)
        names.add(choose.choice((name, name.title(), name.upper())))
    return sorted(names)


def measure(count: int, home: Home, shows_models: bool) -> None:
    names = make_names(count)
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "names.duckdb"))
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            "create temp table int_cohort_names"
            " (cohort varchar, ROIName varchar, RTROIInterpretedType varchar)"
        )
        for start in range(0, count, 100_000):
            batch = names[start : start + 100_000]
            connection.execute("insert into int_cohort_names select '', unnest(?), null", [batch])
        del names
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, worked = time.monotonic(), time.process_time()
        for name, statement in statements(connection, home):
            begun = time.monotonic()
            connection.execute(statement)
            if shows_models:
                print(f"    {name:32} {time.monotonic() - begun:7.1f} s")
        seconds, work = time.monotonic() - started, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{count:>9} names {seconds:7.1f} s {work:7.1f} CPU s {memory / 1e6:7.2f} GB at the peak"
        f" ({before / 1e6:.2f} GB before)",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    home = Home.from_environment()
    counts = [int(argument) for argument in arguments if argument != "--models"]
    for count in counts or [100_000, 1_000_000]:
        # A process of its own: the peak of memory is that of one run.
        run = multiprocessing.get_context("spawn").Process(
            target=measure, args=(count, home, "--models" in arguments)
        )
        run.start()
        run.join()


if __name__ == "__main__":
    main(sys.argv[1:])
