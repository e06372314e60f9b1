"""A part of the work in a file of its own: for a scheduler that knows nothing of catalogs.

One JSON document a line: first the request, then for each image series its worklist rows and files.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from rtstruct.atomic_write import write_whole
from rtstruct.catalog.image_instances import ImageInstance
from rtstruct.catalog.worklist import WorklistRow
from rtstruct.conversion.json_codec import decode, encode
from rtstruct.conversion.planning.plan import Plan, Request, Selection
from rtstruct.conversion.planning.tasks import voxels
from rtstruct.conversion.task import Options
from rtstruct.errors import UsageError


@dataclass(frozen=True)
class _Head:
    home: str
    out: str
    options: Options
    redo: Literal["none", "failed", "changed", "all"]
    pseudonyms: str | None = None


@dataclass(frozen=True)
class _Part:
    rows: tuple[WorklistRow, ...]
    images: tuple[ImageInstance, ...]


def write_shards(
    folder: Path, request: Request, selection: Selection, plan: Plan, count: int
) -> list[Path]:
    """Write what is planned as ``count`` files of about equal work; rows of one image together.

    Fewer files are written where there are fewer image series. Rows that are not convertible go
    into the first shard, to be registered there.
    """
    loads = [(0, number) for number in range(count)]
    shares: list[list[tuple[WorklistRow, ...]]] = [[] for _ in range(count)]
    # Biggest first, each to whoever has least so far.
    for batch in plan.batches:
        load, number = heapq.heappop(loads)
        shares[number].append(batch)
        heapq.heappush(loads, (load + voxels(batch), number))
    shares[0].extend((row,) for row in plan.refused)
    folder.mkdir(parents=True, exist_ok=True)
    where = (str(request.home), str(request.out))
    head = _Head(*where, request.options, request.redo, request.pseudonyms)
    written = []
    for number, share in enumerate(share for share in shares if share):
        images = selection.images([str(rows[0].referenced_SeriesInstanceUID) for rows in share])
        lines = [encode(head)]
        for rows in share:
            files = images.get(str(rows[0].referenced_SeriesInstanceUID), ())
            lines.append(encode(_Part(rows, tuple(files))))
        path = folder / f"shard-{number:04d}.jsonl"
        write_whole(path, "\n".join(lines) + "\n")
        written.append(path)
    return written


def read_shard(path: Path) -> tuple[Request, Selection]:
    """The request and selection of a shard; its registry lies beside it.

    Raises
    ------
    UsageError
        The file is not a shard of this version.
    """
    try:
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        head = decode(_Head, first)
        parts = [decode(_Part, line) for line in rest]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is not a shard: {error}", "Make shards with `rtstruct plan --shards`"
        ) from error
    request = Request(
        home=Path(head.home),
        registry=path.absolute().with_suffix(".duckdb"),
        out=Path(head.out),
        options=head.options,
        redo=head.redo,
        pseudonyms=head.pseudonyms,
        is_shard=True,
    )
    files = {image.SeriesInstanceUID: part.images for part in parts for image in part.images[:1]}
    rows = [row for part in parts for row in part.rows]
    return request, Selection(rows, partial(_among, files))


def _among(
    files: Mapping[str, tuple[ImageInstance, ...]], series: Sequence[str]
) -> dict[str, tuple[ImageInstance, ...]]:
    return {name: files[name] for name in series if name in files}
