"""Read files on all cores; a file that kills its reader costs that file, not the run."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from rtstruct import workers
from rtstruct.cores import cores
from rtstruct.index.file_outcomes import Batch, FoundFile, crashed
from rtstruct.processes import load

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST_BATCH: Final = 128


def read_all(files: Iterator[FoundFile], count: int) -> Iterator[tuple[int, Batch]]:
    """Read ``count`` files in worker processes; yields batches, each with its number of files.

    When a worker dies, the files that it had are read again at the end, each alone: the one that
    kills its reader again is reported as such.
    """
    processes = min(cores(), count)
    if processes == 0:
        return
    load("rtstruct.index.files")
    size = max(1, min(_LARGEST_BATCH, count // (processes * 8)))
    batches = iter(lambda: tuple(islice(files, size)), ())
    suspects: list[FoundFile] = []
    for finished in workers.run(_read, batches, processes):
        for batch in finished:
            if batch.result is None:
                suspects.extend(batch.task)
            else:
                yield len(batch.task), batch.result
    alone: Iterator[tuple[FoundFile, ...]] = ((file,) for file in suspects)
    for finished in workers.run(_read, alone, 1):
        for batch in finished:
            yield 1, batch.result or crashed(batch.task[0])


def _read(files: tuple[FoundFile, ...]) -> Batch:
    # Imported by the workers alone, which need it; a run without changes does not.
    from rtstruct.index.files import read_batch

    return read_batch(files)
