"""What failed is tried again, with the parameters it failed under."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from rtstruct.conversion.json_codec import decode
from rtstruct.conversion.planning.plan import Request, identity, whole_files
from rtstruct.conversion.planning.pseudonymised import pseudonymised
from rtstruct.conversion.planning.tasks import image_of
from rtstruct.conversion.run.driver import from_catalog
from rtstruct.conversion.task import Options
from rtstruct.errors import RtstructError, UsageError
from rtstruct.pipeline.convert import convert
from rtstruct.progress import silent
from rtstruct.registry.reader import failures, tried

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.conversion.planning.tasks import ImageKey
    from rtstruct.home import Home
    from rtstruct.pipeline.convert import ConversionResult
    from rtstruct.progress import Progress
    from rtstruct.pseudonyms import Pseudonyms
    from rtstruct.registry.reader import ParameterSet, TriedConversion


def retry(
    home: Home,
    *,
    code: str | None = None,
    pseudonyms: Pseudonyms | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = silent,
) -> Iterator[ConversionResult | RtstructError]:
    """Convert again what failed (with ``code``, if given), one output folder and format a time.

    Yields a result, or ``other_version`` for ROIs that failed under options that this version does
    not know, or under pseudonyms of another key.

    Raises
    ------
    UsageError
        There is no registry. Else as :func:`rtstruct.pipeline.convert.convert`.
    """
    if not home.registry.exists():
        raise UsageError(f"there is no registry at {home.registry}", "Run `rtstruct convert` first")
    groups = failures(home.registry, code)
    if not groups:
        return
    found = from_catalog(home.catalog, "true")
    for group in groups:
        request = _request(home, group, pseudonyms.fingerprint if pseudonyms else None)
        if isinstance(request, RtstructError):
            yield request
            continue
        everything = found
        if pseudonyms is not None and request.pseudonyms is not None:
            rows = [pseudonymised(row, pseudonyms) for row in found.rows]
            everything = replace(found, rows=rows)
        due: Collection[tuple[str, int]] = group.failed
        if request.options.is_together:
            registered = tried(home.registry, request.parameters_hash)
            if request.options.is_per_image:
                due = _with_neighbours(request, due, everything.rows, registered)
            due = whole_files(due, registered)
        failed = {conversion for conversion, _ in due}
        rows = [row for row in everything.rows if identity(row, request) in failed]
        yield convert(
            request,
            replace(everything, rows=rows),
            command="retry",
            parameters={"code": code, **json.loads(group.parameters)},
            workers=workers,
            cluster=cluster,
            only=due,
            progress=progress,
        )


def _with_neighbours(
    request: Request,
    due: Collection[tuple[str, int]],
    rows: Iterable[WorklistRow],
    registered: Mapping[str, TriedConversion],
) -> set[tuple[str, int]]:
    """With the other structure sets of the same images, as they share a file."""
    failed = {conversion for conversion, _ in due}
    by_image: dict[ImageKey, set[str]] = {}
    for row in rows:
        if (conversion := identity(row, request)) in registered:
            by_image.setdefault(image_of(row), set()).add(conversion)
    shared = [conversions for conversions in by_image.values() if conversions & failed]
    return {*due, *((conversion, 0) for conversions in shared for conversion in conversions)}


def _request(home: Home, group: ParameterSet, fingerprint: str | None) -> Request | RtstructError:
    options = json.loads(group.parameters)
    out = home.root / options.pop("out")
    needed = options.pop("pseudonyms", None)
    if needed not in (None, fingerprint):
        return RtstructError(
            "other_version",
            f"{len(group.failed)} ROIs failed under pseudonyms of the key {needed}",
            "Give the key that they were converted with by --pseudonymise",
        )
    try:
        known = decode(Options, json.dumps(options))
    except (KeyError, TypeError, ValueError):
        return RtstructError(
            "other_version",
            f"{len(group.failed)} ROIs failed under options of another version",
        )
    return Request(home.root, home.registry, out, known, "failed", needed)
