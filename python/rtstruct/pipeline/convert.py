"""From a request to its result: fetch what is not at hand, plan, convert, publish, register."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.conversion.planning.license_filter import split_by_commerce
from rtstruct.conversion.planning.pseudonymised import pseudonymised
from rtstruct.conversion.run.driver import (
    execute,
    from_catalog,
    plan_request,
    stop_signals,
)
from rtstruct.conversion.run.local import warm_up
from rtstruct.cores import cores
from rtstruct.fetch.prefetch import cached, prefetch
from rtstruct.progress import silent

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rtstruct.conversion.planning.plan import Plan, Request, Selection
    from rtstruct.conversion.run.driver import ConversionCounts
    from rtstruct.conversion.run.local import Runner
    from rtstruct.home import Home
    from rtstruct.progress import Progress
    from rtstruct.pseudonyms import Pseudonyms


@dataclass(frozen=True)
class ConversionResult:
    """What a conversion was to do, and what came of it."""

    plan: Plan
    counts: ConversionCounts
    out: Path

    @property
    def missing(self) -> Counter[str]:
        """Selected ROIs and structure sets that failed or were refused in an earlier run."""
        return self.plan.failed_before + self.plan.refused_before

    @property
    def is_complete(self) -> bool:
        """Whether all that is selected has its masks, whole."""
        return not self.missing and not (self.counts.statuses.keys() - {"done"})


def select(
    home: Home,
    where: str,
    *,
    identifiers: Collection[str] | None = None,
    commercial: bool = False,
    pseudonyms: Pseudonyms | None = None,
) -> tuple[Selection, Counter[str]]:
    """What a SQL condition selects, with what the cache knows of it.

    With ``identifiers``, what belongs to none of these patients, studies, series or instances is
    left out.

    With ``commercial``, what is not known to allow commercial use is left out, and counted by
    effective license.

    With ``pseudonyms``, patients, studies and collections are named by these.

    Raises
    ------
    UsageError
        No catalog, or a condition that is not one.
    """
    selection = from_catalog(home.catalog, where, identifiers=identifiers, registry=home.registry)
    rows, left_out = split_by_commerce(selection.rows, wanted=commercial)
    if pseudonyms is not None:
        rows = [pseudonymised(row, pseudonyms) for row in rows]
    return cached(replace(selection, rows=rows), home.root), left_out


def convert(
    request: Request,
    selection: Selection,
    *,
    command: str,
    parameters: Mapping[str, object],
    workers: int | None = None,
    cluster: str | None = None,
    only: Collection[tuple[str, int]] | None = None,
    runner: Runner | None = None,
    progress: Progress = silent,
) -> ConversionResult:
    """Convert what is selected and due; every attempt is registered.

    Parameters
    ----------
    command, parameters
        What the registry remembers the run by.
    workers
        Processes; None for one per processor.
    cluster
        Address of a dask scheduler, in place of processes here.
    only
        The ROIs to convert, by conversion_id and ROINumber; None for all of the selection.
    runner
        What carries out tasks, in place of ``workers`` and ``cluster``.

    Raises
    ------
    UsageError
        The output folder cannot be written to.
    RtstructError
        ``output_failed``, ``disk_full``, ``cache_failed``, ``no_network``.
    KeyboardInterrupt
        It was stopped; what was finished is published and registered.
    """
    from rtstruct.conversion.planning.plan import restrict
    from rtstruct.conversion.publish.staging import recover

    recover(request.home, request.registry, request.out)
    fetching = partial(progress, "Fetching structure sets", in_bytes=True)
    with stop_signals() as stopping, prefetch(request, selection, fetching, stopping) as local:
        if only is not None:
            local = replace(local, rows=restrict(local.rows, request, only))
        plan = plan_request(request, local)
        if plan.batches and runner is None and cluster is None:
            warm_up()
        with (
            nullcontext(runner) if runner else _runner(workers, cluster) as run,
            _shown(plan, progress) as show,
        ):
            counts = execute(
                request,
                local,
                plan,
                command=command,
                parameters=json.dumps(parameters),
                runner=run,
                progress=show,
                stopping=stopping,
            )
    return ConversionResult(plan, counts, request.out)


def _runner(workers: int | None, cluster: str | None) -> AbstractContextManager[Runner]:
    if cluster is not None:
        from rtstruct.conversion.run.cluster import dask

        return dask(cluster)
    from rtstruct.conversion.run.local import processes

    return nullcontext(processes(workers or cores()))


@contextmanager
def _shown(plan: Plan, progress: Progress) -> Iterator[Callable[[ConversionCounts], None]]:
    """Show structure sets done, masks and failures so far."""
    with progress("Converting structure sets", plan.due_sets) as advance:
        seen = 0

        def show(counts: ConversionCounts) -> None:
            nonlocal seen
            done = counts.statuses.total()
            failures = "".join(f", {n} {code}" for code, n in sorted(counts.codes.items()))
            advance(done - seen, f"{counts.masks} masks{failures}")
            seen = done

        yield show
