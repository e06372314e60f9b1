"""Files of a selection, from the cache or from afar, for a conversion that knows of neither."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rtstruct.catalog.image_instances import ImageInstance
from rtstruct.catalog.worklist import SelectedROI
from rtstruct.errors import RtstructError
from rtstruct.fetch.series import distinct, image, structure_set
from rtstruct.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from pathlib import Path
    from threading import Event

    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.conversion.planning.plan import Request, Selection
    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.fetcher import Fetched, Fetcher
    from rtstruct.fetch.series import Series
    from rtstruct.fetch.transfer import Advance

    Progress = Callable[[int], AbstractContextManager[Advance]]


def cached(selection: Selection, home: Path) -> Selection:
    """A selection with what the cache knows of its structure sets; nothing is fetched."""
    if not any(map(structure_set, selection.rows)):
        return selection
    from rtstruct.fetch.cache import Cache

    cache = Cache(Home(home).cache)
    return replace(selection, rows=[_completed(row, cache) for row in selection.rows])


@contextmanager
def prefetch(
    request: Request, selection: Selection, progress: Progress, stopping: Event
) -> Iterator[Selection]:
    """A selection whose structure sets are in the cache, and whose images come when asked for.

    ``progress`` is given the bytes of the structure sets that are to be fetched. What is not there
    comes from where the environment says; ``stopping`` ends that, and is set at the end.

    Raises
    ------
    RtstructError
        ``disk_full``, ``cache_failed``, ``no_network``; to ask for images raises them too.
    KeyboardInterrupt
        ``stopping`` was set; to ask for images that have still to come raises it too.
    """
    sets = distinct(map(structure_set, selection.rows))
    images = {
        str(row.referenced_SeriesInstanceUID): series
        for row in selection.rows
        if (series := image(row))
    }
    if not sets and not images:
        yield selection
        return
    # What is all here needs none of it.
    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.endpoint import Endpoint
    from rtstruct.fetch.fetcher import Fetcher
    from rtstruct.fetch.run import check_space, fetch_all, not_registered, register, registered_run

    cache = Cache(Home(request.home).cache)
    place = Endpoint.default()
    parameters = json.dumps({"from": place})
    with registered_run(request.registry, "fetch", parameters) as (run_id, tally):
        due = not_registered(cache, request.registry, sets)
        check_space(cache, due)
        with Fetcher(cache, lambda: Endpoint.named(place), stopping) as fetcher:
            with progress(sum(each.bytes for each in due)) as advance:
                fetch_all(fetcher, request.registry, run_id, tally, due, advance)

            def ask_for(names: Sequence[str]) -> Mapping[str, Sequence[ImageInstance]]:
                return _Images(
                    selection.images([name for name in names if name not in images]),
                    {name: images[name] for name in names if name in images},
                    selection.images([name for name in names if name in images]),
                    fetcher,
                    cache,
                    lambda fetched: register(request.registry, run_id, tally, [fetched]),
                )

            rows = [_refused_without_file(_completed(row, cache)) for row in selection.rows]
            yield replace(selection, rows=rows, images=ask_for)


class _Images(Mapping[str, "Sequence[ImageInstance]"]):
    """Files of image series by SeriesInstanceUID. All are fetched at once; to ask for one waits.

    A series that could not be fetched has no files.
    """

    def __init__(
        self,
        local: Mapping[str, Sequence[ImageInstance]],
        remote: Mapping[str, Series],
        known: Mapping[str, Sequence[ImageInstance]],
        fetcher: Fetcher,
        cache: Cache,
        registered: Callable[[Fetched], None],
    ) -> None:
        self._local = local
        self._remote = remote
        self._known = known
        self._fetcher = fetcher
        self._cache = cache
        self._registered = registered
        from rtstruct.fetch.run import check_space

        missing = {
            name: series
            for name, series in remote.items()
            if not cache.is_whole(series.crdc_series_uuid)
        }
        check_space(cache, list(missing.values()))
        self._coming: dict[str, Future[Fetched]] = {
            name: fetcher.start(series) for name, series in missing.items()
        }

    def __getitem__(self, name: str) -> Sequence[ImageInstance]:
        if name not in self._remote:
            return self._local[name]
        if name in self._coming:
            (future,) = self._fetcher.finished({self._coming[name]})
            del self._coming[name]
            self._registered(future.result())
        files = self._cache.files(self._remote[name].crdc_series_uuid)
        stacks = {
            instance.SOPInstanceUID: instance.stack_number
            for instance in self._known.get(name, ())
            if instance.stack_number is not None
        }
        # Where the catalog lists series only, the converter tells stacks apart itself.
        sops = [_sop_of(path) if stacks else "" for path in files]
        return [
            ImageInstance(name, sop, str(path), None, stacks.get(sop))
            for sop, path in zip(sops, files, strict=True)
        ]

    def __iter__(self) -> Iterator[str]:
        yield from self._local
        yield from self._remote

    def __len__(self) -> int:
        return len(self._local) + len(self._remote)


def _sop_of(path: Path) -> str:
    """SOPInstanceUID of a fetched image; empty if it cannot be read, which the converter tells."""
    from rtstruct.dicom.image_head import read_head

    try:
        return read_head(str(path)).SOPInstanceUID
    except RtstructError:
        return ""


def _completed(row: WorklistRow, cache: Cache) -> WorklistRow:
    """A row with the file of its structure set in the cache, and what only the file tells."""
    series = structure_set(row)
    if series is None:
        return row
    # What reads DICOM takes longer to load than most plans to make.
    from rtstruct.index.single import read_row, roi_names

    found = [
        (path, header)
        for path in cache.files(series.crdc_series_uuid)
        if (header := read_row(path)) and row.SOPInstanceUID in ("", header["SOPInstanceUID"])
    ]
    if len(found) != 1:
        return row
    ((path, header),) = found
    numbers = roi_names(header)
    return replace(
        row,
        instance_hash=row.instance_hash or header["instance_hash"],
        SOPInstanceUID=header["SOPInstanceUID"],
        file_path=str(path),
        rois=row.rois
        + tuple(
            SelectedROI(**vars(roi), ROINumber=number)
            for roi in row.named_rois
            for number, name in numbers
            if name == roi.ROIName and number is not None
        ),
        named_rois=(),
    )


def _refused_without_file(row: WorklistRow) -> WorklistRow:
    if structure_set(row) is None:
        return row
    reason = "Its file could not be fetched, or its series holds others too: see `rtstruct status`."
    return replace(
        row, is_convertible=False, reason_code="not_fetched", reason=reason, named_rois=()
    )
