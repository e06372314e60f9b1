"""What is installed, what is reachable, and what is wrong, each problem with what to do."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from rtstruct.codes import remedy
from rtstruct.cores import cores
from rtstruct.errors import RtstructError, install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packaging.requirements import Requirement

    from rtstruct.home import Home

_LITTLE_SPACE = 2e9  # bytes
_PATIENCE_S = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    state: Literal["ok", "absent", "problem"]
    """``absent``: not there, which is fine unless you need it."""
    detail: str
    hint: str = ""


def examine(home: Home) -> Iterator[Finding]:
    """Look at everything; nothing is changed."""
    yield Finding("python", "ok", f"{platform.python_version()}, {cores()} processor cores")
    yield from _packages()
    yield _project()
    for subject, look in {
        "home": lambda home: _home(home.root),
        "index": _index,
        "catalog": _catalog,
        "registry": _registry,
    }.items():
        try:
            yield look(home)
        except OSError as error:
            hint = "Set RTSTRUCT_HOME to a folder of your own, or ask for permission"
            yield Finding(subject, "problem", f"{error.filename}: {error.strerror}", hint)
    with ThreadPoolExecutor() as threads:
        yield from threads.map(lambda look: look(), (_buckets, _bigquery))


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    required = [Requirement(line) for line in metadata.requires("rtstruct") or ()]
    base = [each for each in required if each.marker is None]
    wrong = [fault for each in base if (fault := _fault(each))]
    if wrong:
        yield Finding("packages", "problem", "; ".join(wrong), "Install rtstruct again: make setup")
    else:
        yield Finding("packages", "ok", f"{len(base)} of {len(base)} as required")
    for extra in metadata.metadata("rtstruct").get_all("Provides-Extra") or ():
        of_extra = [
            each for each in required if each.marker and each.marker.evaluate({"extra": extra})
        ]
        missing = [fault for each in of_extra if (fault := _fault(each))]
        if missing:
            yield Finding(f"extra {extra}", "absent", "; ".join(missing), install(extra))
        else:
            yield Finding(f"extra {extra}", "ok", ", ".join(each.name for each in of_extra))


def _fault(requirement: Requirement) -> str:
    """What is wrong with an installed package; empty if nothing is."""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name} is {version}, needed is {requirement.specifier}"


def _project() -> Finding:
    from rtstruct.catalog.project import project_folder

    folder = project_folder()
    if (folder / "dbt_project.yml").is_file():
        return Finding("dbt project", "ok", str(folder))
    return Finding("dbt project", "problem", f"not in {folder}", "Install rtstruct again")


def _home(root: Path) -> Finding:
    if root.exists() and not root.is_dir():
        hint = "Set RTSTRUCT_HOME to a folder"
        return Finding("home", "problem", f"{root} is not a folder", hint)
    existing = next(path for path in (root, *root.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        hint = "Set RTSTRUCT_HOME to a folder that you may write to"
        return Finding("home", "problem", f"{existing} cannot be written to", hint)
    free = shutil.disk_usage(existing).free
    detail = f"{root}, {free / 1e9:.0f} GB free"
    if free < _LITTLE_SPACE:
        return Finding("home", "problem", detail, "Make room, or set RTSTRUCT_HOME elsewhere")
    if existing != root:
        return Finding("home", "absent", f"{root} is not there yet", "Commands make it")
    return Finding("home", "ok", detail)


def _index(home: Home) -> Finding:
    import duckdb

    again = "Run `rtstruct index PATH...`"
    if not home.dicom_all.exists():
        return Finding("index", "absent", f"no {home.dicom_all.name} yet", again)
    try:
        with duckdb.connect() as connection:
            counted = connection.execute(
                "select count(*), count(*) filter (where Modality = 'RTSTRUCT')"
                " from read_parquet(?, hive_partitioning = false)",
                [str(home.dicom_all)],
            ).fetchall()
    except duckdb.Error as error:
        return Finding("index", "problem", f"{home.dicom_all}: {_first_line(error)}", again)
    instances, structure_sets = counted[0]
    return Finding("index", "ok", f"{instances} instances, {structure_sets} of them RTSTRUCT")


def _catalog(home: Home) -> Finding:
    import duckdb

    from rtstruct.catalog.outcomes import mart_counts

    build = "Run `rtstruct build`"
    if not home.catalog.exists():
        return Finding("catalog", "absent", "not built yet", build)
    if home.catalog_is_behind:
        return Finding("catalog", "problem", "older than the index", build)
    try:
        counts = mart_counts(home)
    except RtstructError as error:
        return Finding("catalog", "problem", error.message, error.hint)
    except duckdb.Error as error:
        return Finding("catalog", "problem", f"{home.catalog}: {_first_line(error)}", build)
    detail = f"{counts['rtstruct_series']} RTSTRUCT series, {counts['rtstruct_rois']} ROIs"
    return Finding("catalog", "ok", detail)


def _registry(home: Home) -> Finding:
    from rtstruct.registry.connection import reading

    if not home.registry.exists():
        return Finding("registry", "absent", "nothing converted yet", "Run `rtstruct convert`")
    try:
        with reading(home.registry) as connection:
            paths = connection.execute(
                "select path, conversions.parameters ->> 'out' as root, file_size"
                " from masks left join conversions using (conversion_id) order by root"
            ).fetchall()
            stopped = connection.execute(
                "select count(*) from runs where outcome is null"
            ).fetchall()[0][0]
    except RtstructError as error:
        return Finding("registry", "problem", error.message, error.hint)
    gone = Counter(root for path, root, _ in paths if not (home.root / path).is_file())
    if gone:
        root, count = gone.most_common(1)[0]
        whole = sum(of == root for _, of, _ in paths)
        folder = shlex.quote(str(home.root / (root or "")))
        where = f", {count} of the {whole} in {folder}" if root else ""
        return Finding(
            "registry",
            "problem",
            f"the files of {gone.total()} of {len(paths)} masks are gone{where}",
            f"If the folder was moved: `rtstruct registry move {folder} NEW`; if it is gone for"
            f" good: `rtstruct registry forget {folder}`; the same `rtstruct convert` makes them"
            " again",
        )
    changed = {path for path, _, size in paths if (home.root / path).stat().st_size != size}
    if changed:
        return Finding(
            "registry",
            "problem",
            f"files of masks that are not as they were written: {len(changed)}",
            remedy("mask_changed"),
        )
    detail = f"{len(paths)} masks, every file there"
    if stopped:
        detail += f"; {stopped} runs still going on, or killed"
    return Finding("registry", "ok", detail)


def _buckets() -> Finding:
    from rtstruct.fetch.endpoint import Endpoint
    from rtstruct.fetch.transfer import TransferError, explained

    subject = "IDC's buckets"
    try:
        place = replace(Endpoint.named(None), patience_s=_PATIENCE_S)
        with explained(place.address):
            # Of a folder that is not there: a short answer, and it tells nobody what you look for.
            place.store("idc-open-data").list("doctor/").collect()
    except TransferError as error:
        hint = "Only fetching from IDC needs it"
        return Finding(subject, "absent", f"{place.address}: {error.code}", hint)
    except RtstructError as error:
        return Finding(subject, "problem", error.message, error.hint)
    return Finding(subject, "ok", place.address)


def _bigquery() -> Finding:
    from rtstruct.catalog.bigquery import ask

    subject = "BigQuery"
    if not os.environ.get("GOOGLE_CLOUD_PROJECT"):
        hint = "Only `--target bigquery` and `--catalog bigquery` need it"
        return Finding(subject, "absent", "GOOGLE_CLOUD_PROJECT is not set", hint)
    try:
        ask(_PATIENCE_S)
    except RtstructError as error:
        return Finding(subject, "absent", error.message, error.hint)
    return Finding(subject, "ok", "IDC's dataset can be read")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
