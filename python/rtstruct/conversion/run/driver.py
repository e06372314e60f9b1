"""One command run: plan, hand out, publish, register, and stop in good order."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.catalog.confidence import GUESSES
from rtstruct.catalog.worklist import select_with_images
from rtstruct.codes import code_of, warnings_among
from rtstruct.conversion.identity import stored_path
from rtstruct.conversion.planning.overwriting import refuse_overwriting
from rtstruct.conversion.planning.plan import Selection, make_plan
from rtstruct.conversion.planning.tasks import make_task
from rtstruct.conversion.publish import staging
from rtstruct.conversion.publish.attribution import write_attribution
from rtstruct.conversion.publish.registry_rows import Run, rows_of
from rtstruct.conversion.run import local
from rtstruct.conversion.run.local import Job
from rtstruct.conversion.task import Outcome
from rtstruct.errors import RtstructError
from rtstruct.home import Home
from rtstruct.registry import writer
from rtstruct.registry.connection import writing
from rtstruct.registry.export import export_for_catalog
from rtstruct.registry.reader import made_otherwise, tried
from rtstruct.registry.runs import registered_run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from concurrent.futures import Future
    from typing import TypeAlias

    from rtstruct.catalog.image_instances import ImageInstance
    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.conversion.planning.plan import Plan, Request
    from rtstruct.conversion.run.local import Finished, Runner
    from rtstruct.conversion.task import ConversionTask
    from rtstruct.registry.writer import ConversionRows

    Progress: TypeAlias = Callable[["ConversionCounts"], None]

# Image series whose file names are in memory at once.
_WINDOW = 128
# What a transaction costs depends little on how much it registers: between two it is so many times
# as long as the last one took, within limits in seconds.
_PAUSES = 5
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 10.0


@dataclass
class ConversionCounts:
    """What has come of a run so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    """Attempts by status."""
    codes: Counter[str] = field(default_factory=Counter)
    """ROIs that gave no mask, by error code."""
    warnings: Counter[str] = field(default_factory=Counter)
    """Masks with a note that asks for a look before use, by its code."""
    guesses: int = 0
    """Masks of a structure that is a guess of the vocabulary."""
    masks: int = 0
    points: int = 0
    seconds: float = 0.0

    def add(self, attempts: Sequence[ConversionRows]) -> None:
        """Count attempts that were made."""
        for attempt in attempts:
            # Where no ROI was drawn on a stack, nothing was to be done on it.
            if attempt.conversion["error_code"] != "drawn_elsewhere":
                self.statuses[attempt.conversion["status"]] += 1
            self.masks += len(attempt.masks)
            self.points += len(attempt.points)
            self.codes.update(row["error_code"] for row in attempt.roi_failures)
            for mask in attempt.masks:
                self.warnings.update(warnings_among(map(code_of, mask["notes"])))
                self.guesses += mask["structure"] is not None and mask["confidence"] in GUESSES

    def counts(self) -> dict[str, int]:
        """What the registry keeps of it."""
        return {**self.statuses, "masks": self.masks, "points": self.points}


def from_catalog(
    catalog: Path,
    where: str,
    *,
    identifiers: Collection[str] | None = None,
    registry: Path | None = None,
) -> Selection:
    """What a SQL condition selects, and ``identifiers`` leave: see ``catalog.worklist.select``.

    Raises
    ------
    UsageError
        No catalog, or a condition that is not one.
    """
    return Selection(
        *select_with_images(catalog, where, identifiers=identifiers, registry=registry)
    )


def plan_request(request: Request, selection: Selection) -> Plan:
    """What the request would do now; changes nothing.

    Raises
    ------
    UsageError
        It would overwrite masks that were made with other options.
    """
    plan = make_plan(request, selection.rows, tried(request.registry, request.parameters_hash))
    if plan.batches and request.redo != "all":
        out = stored_path(request.home, request.out)
        refuse_overwriting(
            request, plan, made_otherwise(request.registry, out, request.parameters_hash)
        )
    return plan


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a scheduler's SIGTERM sets; a second Ctrl-C interrupts at once."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        # Signals reach the main thread only: there, whoever started this one handles them.
        yield stopping
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: object) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def execute(
    request: Request,
    selection: Selection,
    plan: Plan,
    *,
    command: str,
    parameters: str,
    runner: Runner,
    progress: Progress = lambda tally: None,
    stopping: threading.Event | None = None,
) -> ConversionCounts:
    """Do what is planned; every attempt is registered as soon as it is finished.

    Where nothing is to be done nothing is registered, the run neither.

    It ends early when ``stopping`` is set, by default by :func:`stop_signals`.

    Raises
    ------
    UsageError
        The output folder cannot be written to.
    RtstructError
        ``output_failed``: the disk is full, or went away.
    KeyboardInterrupt
        The user stopped it; what was finished is published and registered.
    """
    started = time.monotonic()
    tally = ConversionCounts()
    if not plan.due_sets and request.registry.exists():
        _tell(request)
        return tally
    with (
        registered_run(request.registry, command, parameters, tally.counts) as run_id,
        nullcontext(stopping) if stopping else stop_signals() as stopping,
    ):
        run = Run(
            run_id=run_id,
            home=str(request.home),
            registry=str(request.registry),
            out=str(request.out),
            parameters=request.parameters,
            parameters_hash=request.parameters_hash,
        )
        try:
            for attempts, lost in _attempts(run, selection, plan, request, stopping, runner):
                tally.add(attempts)
                if lost:
                    tally.statuses["failed"] += lost
                    tally.codes["not_registered"] += lost
                progress(tally)
        except OSError as error:
            raise local.output_failed(local.problem_of(error, request.out)) from error
        if stopping.is_set():
            raise KeyboardInterrupt
    tally.seconds = time.monotonic() - started
    _tell(request)
    return tally


def _tell(request: Request) -> None:
    """Bring up to date what is told of the registry, if a run before was killed over it."""
    if not request.is_shard:
        # A shard knows of its own masks only; the merge writes for all.
        write_attribution(request.registry, request.home, request.out)
        export_for_catalog(request.registry, Home(request.home))


def _attempts(
    run: Run,
    selection: Selection,
    plan: Plan,
    request: Request,
    stopping: threading.Event,
    runner: Runner,
) -> Iterator[tuple[list[ConversionRows], int]]:
    """Carry the plan out; yields what was registered since the last time, and what cannot be."""
    yield _register_refused(run, plan, request), 0
    if not plan.batches:
        return
    from concurrent.futures import ThreadPoolExecutor

    jobs = _jobs(selection, plan, request)
    # Beside the hand-out: workers of small tasks would wait for it.
    with staging.run_folder(run) as folder, ThreadPoolExecutor(1) as publisher:
        publishing: Future[tuple[list[ConversionRows], int]] | None = None
        task_ids: list[str] = []
        submitted = time.monotonic()
        due = submitted + _SHORTEST_PAUSE_S
        try:
            for batch in local.run_jobs(jobs, folder, stopping, runner):
                for finished in batch:
                    if finished.death is not None:
                        _record_death(folder, finished)
                    task_ids.append(finished.job.task_id)
                now = time.monotonic()
                if publishing is not None and publishing.done():
                    yield publishing.result()
                    publishing = None
                    pause = max(_PAUSES * (now - submitted), _SHORTEST_PAUSE_S)
                    due = now + min(pause, _LONGEST_PAUSE_S)
                if publishing is None and task_ids and now >= due:
                    publishing = publisher.submit(staging.publish_each, run, folder, task_ids)
                    task_ids = []
                    submitted = now
        except (OSError, RtstructError):
            # What is registered meanwhile counts, though the run ends here.
            if publishing is not None:
                yield publishing.result()
            raise
        if publishing is not None:
            yield publishing.result()
        if task_ids:
            yield staging.publish_each(run, folder, task_ids)


def _jobs(selection: Selection, plan: Plan, request: Request) -> Iterator[Job]:
    """Jobs in the order of the plan; file names are looked up as the work goes on."""
    for start in range(0, len(plan.batches), _WINDOW):
        window = plan.batches[start : start + _WINDOW]
        images = selection.images([str(rows[0].referenced_SeriesInstanceUID) for rows in window])
        for number, rows in enumerate(window, start):
            try:
                found = images.get(str(rows[0].referenced_SeriesInstanceUID), [])
            except KeyboardInterrupt:
                # The files had still to come. What is finished is published all the same.
                return
            yield Job(f"{number:06d}", _task(rows, found, request))


def _task(
    rows: Sequence[WorklistRow], images: Sequence[ImageInstance], request: Request
) -> ConversionTask:
    is_pseudonymised = request.pseudonyms is not None
    return make_task(rows, images, request.options, is_pseudonymised=is_pseudonymised)


def _record_death(folder: Path, finished: Finished) -> None:
    task = finished.job.task
    outcomes = tuple(
        Outcome(
            work.file.SOPInstanceUID,
            "failed",
            "worker_killed",
            f"the worker process died twice over image series {task.image.SeriesInstanceUID}"
            f" ({finished.death})",
        )
        for work in task.structure_sets
    )
    staging.write_record(folder, finished.job.task_id, task, outcomes)


def _register_refused(run: Run, plan: Plan, request: Request) -> list[ConversionRows]:
    attempts: list[ConversionRows] = []
    for row in plan.refused:
        outcome = Outcome(row.SOPInstanceUID, "skipped", row.reason_code, row.reason)
        task = _task([row], [], request)
        attempts.extend(rows_of(run, "not-convertible", task, (outcome,)))
    if attempts:
        with writing(Path(run.registry)) as connection:
            writer.register(connection, attempts)
    return attempts
