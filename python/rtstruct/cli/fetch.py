"""What a SQL condition selects, from IDC's public buckets into the cache."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.cli.selection import (
    add_identifiers,
    add_license,
    add_where,
    identifiers_of,
    show_left_out,
)
from rtstruct.cli.show.conversion import counted, in_words, with_hint
from rtstruct.cli.show.say import say, tell, tell_json
from rtstruct.home import Home
from rtstruct.progress import progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.run import FetchCounts
    from rtstruct.fetch.series import Series


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_where(parser, required=True)
    parser.add_argument(
        "--from",
        dest="place",
        metavar="PLACE",
        help="aws (default), google, an address that serves the same buckets, or a folder that"
        " has <crdc_series_uuid>/*.dcm; also RTSTRUCT_FETCH_FROM",
    )
    add_identifiers(parser)
    add_license(parser)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--dry-run", action="store_true", help="say what would be fetched, and stop"
    )
    instead.add_argument(
        "--manifest", type=Path, metavar="FILE", help="write commands for s5cmd instead"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Choose, fetch, report."""
    from rtstruct.catalog.worklist import select
    from rtstruct.conversion.planning.license_filter import split_by_commerce
    from rtstruct.conversion.run.driver import stop_signals
    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.endpoint import Endpoint
    from rtstruct.fetch.fetcher import Fetcher
    from rtstruct.fetch.manifest import write_manifest
    from rtstruct.fetch.run import check_space, fetch_all, not_registered, registered_run
    from rtstruct.fetch.series import distinct, image, structure_set

    place = Endpoint.named(arguments.place)
    home = Home.from_environment()
    rows, left_out = split_by_commerce(
        select(
            home.catalog,
            arguments.where,
            identifiers=identifiers_of(arguments),
            registry=home.registry,
        ),
        wanted=arguments.license == "commercial",
    )
    show_left_out(left_out)
    refused = Counter(row.reason_code or "unknown" for row in rows if not row.is_convertible)
    for code, count in sorted(refused.items()):
        refusal = f"{counted(count, 'structure set')}, {with_hint(code)}"
        say(f"Left out: {refusal}")
    cache = Cache(home.cache)
    wanted = distinct([*map(structure_set, rows), *map(image, rows)])
    if arguments.dry_run:
        return _show_plan(cache, wanted, as_json=arguments.json)
    if arguments.manifest:
        missing = [each for each in wanted if not cache.is_whole(each.crdc_series_uuid)]
        write_manifest(arguments.manifest, missing, place)
        words = ("--endpoint-url", place.address, "run", str(arguments.manifest))
        tell(
            f"{len(missing)} series in {arguments.manifest}. Fetch them: s5cmd --no-sign-request"
            f" {shlex.join(words)}"
        )
        return 0
    due = not_registered(cache, home.registry, wanted)
    if not due and not arguments.json:
        if rows:
            tell(f"Nothing to fetch: {len(wanted)} series are in {cache.root}.")
        else:
            tell("Nothing is selected by this condition.")
        return 0
    parameters = {"where": arguments.where, "from": place.address}
    total = sum(each.bytes for each in due)
    with (
        stop_signals() as stopping,
        progress("Fetching", total, in_bytes=True) as advance,
        registered_run(home.registry, "fetch", json.dumps(parameters)) as (run_id, tally),
    ):
        check_space(cache, due)
        with Fetcher(cache, lambda: place, stopping) as fetcher:
            fetch_all(fetcher, home.registry, run_id, tally, due, advance)
    return _show_result(tally, len(wanted) - len(due), cache, as_json=arguments.json)


def _show_plan(cache: Cache, wanted: Sequence[Series], *, as_json: bool) -> int:
    missing = [each for each in wanted if not cache.is_whole(each.crdc_series_uuid)]
    facts = {
        "series": len(missing),
        "structure_sets": sum(each.kind == "structure set" for each in missing),
        "images": sum(each.kind == "image" for each in missing),
        # A structure set is one file.
        "files": sum(each.files or 1 for each in missing),
        "GB": round(sum(each.bytes for each in missing) / 1e9, 3),
        "licenses": dict(Counter(each.license_short_name for each in missing)),
        "series_in_cache": len(wanted) - len(missing),
    }
    if as_json:
        tell_json(facts)
        return 0
    for name, value in facts.items():
        text = in_words(value) if isinstance(value, dict) else str(value)
        tell(f"{name.replace('_', ' '):<16} {text or 'none'}")
    return 0


def _show_result(tally: FetchCounts, before: int, cache: Cache, *, as_json: bool) -> int:
    if as_json:
        facts = {
            "series": tally.series,
            "files": tally.files,
            "bytes_received": tally.bytes,
            "seconds": round(tally.seconds, 3),
            "failed_series": tally.failed_series,
            "failures": dict(tally.codes),
            "series_in_cache_before": before,
            "cache": str(cache.root),
        }
        tell_json(facts)
    else:
        tell(
            f"{tally.series} series, {tally.files} files in {tally.seconds:.1f} s:"
            f" {tally.bytes / 1e6:.1f} MB verified in {cache.root}"
        )
        if before:
            tell(f"{before} series were there before.")
        if tally.codes:
            tell(
                f"{tally.failed_series} series are not whole: {in_words(tally.codes)}."
                " `rtstruct status` says what to do; the same command tries again."
            )
    return 1 if tally.codes else 0
