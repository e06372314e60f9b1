"""Run dbt inside this process and tell in a few lines what came of it.

All that dbt writes (compiled SQL, logs) goes below ``RTSTRUCT_HOME``; nothing is sent anywhere.
"""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rtstruct.catalog.dbt_runner import invoke_dbt, without_collection
from rtstruct.catalog.freshness import Record
from rtstruct.catalog.parse_cache import ParseCache
from rtstruct.catalog.project import has_own_rules, project_folder, project_with_rules
from rtstruct.catalog.vocabulary_seeds import copy_seeds
from rtstruct.catalog.vocabulary_store import SEEDS
from rtstruct.codes import remedy
from rtstruct.duckdb_file import opened
from rtstruct.errors import RtstructError, UsageError, install
from rtstruct.private import make_private
from rtstruct.progress import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rtstruct.home import Home
    from rtstruct.progress import Advance, Progress

Source = Literal["dicom", "idc_index", "idc"]
Target = Literal["duckdb", "bigquery"]

_PATIENCE_S = 60.0

# What a database says, and which code of the table it is. The first that matches speaks.
_KINDS = (
    (
        r"rules_of_yours.+ does not have a column|syntax error at or near \";\"",
        "own_rules_invalid",
    ),
    (
        r"does not have a column named|Name .+ not found inside|Unrecognized name|"
        r"Could not find key|Referenced column .+ not found",
        "source_column_missing",
    ),
    (r"Conflicting lock|Could not set lock", "database_locked"),
    (r"valid DuckDB database file", "database_unreadable"),
    (r"a Parquet file", "index_unreadable"),
    (r"No files found|No such file", "index_absent"),
    (
        r"DefaultCredentialsError|default credentials|RefreshError|access token|403|Access Denied",
        "bigquery_failed",
    ),
    (r"Not found: (Dataset|Table)|404", "dataset_absent"),
    (r"bytesBilledLimitExceeded|maximum bytes billed", "scan_too_large"),
)

# Tests that hold for any data, or for none: they are for those who change models and seeds. What
# is left looks at the data: at what the source states, at rules of the user's own, at keys.
_TESTS_OF_CODE = (
    "path:seeds/_seeds.yml,resource_type:test",
    "path:seeds/vocabulary/_seeds.yml,resource_type:test",
    "path:models/intermediate,resource_type:test",
    *(
        f"path:models/marts,test_name:{name}"
        for name in ("accepted_values", "not_null", "relationships")
    ),
)

# And these at rules of the user's own, for those who have some.
_TESTS_OF_RULES = (
    "path:seeds/vocabulary/_rules.yml,resource_type:test",
    "path:tests/dbt/your_*.sql,resource_type:test",
)

# What dbt and its adapters put before what the database says.
_HEADING = re.compile(r"(\w+ )?Error( in .*)?$|error:$|Failed to authenticate with supplied cred")


@dataclass(frozen=True)
class BuildResult:
    """What dbt did: how many nodes ended how, the problems in words, and how long it took."""

    models: int
    tests: int
    """Data tests that passed."""
    problems: tuple[str, ...]
    """What could not be built, and tests on the models' SQL that failed."""
    warnings: tuple[str, ...]
    """Tests on the data of the source that failed: the catalog is whole all the same."""
    seconds: float
    is_unchanged: bool = False
    """Whether the catalog was built from the same before, so that nothing was to be done."""


def build(
    home: Home,
    *,
    target: Target = "duckdb",
    source: Source = "dicom",
    variables: Mapping[str, object] | None = None,
    options: Sequence[str] = (),
    all_tests: bool = False,
    progress: Progress = silent,
) -> BuildResult:
    """Run ``dbt build``, unless the catalog was built from the same before.

    Parameters
    ----------
    home
        Where the index is read and the catalog is written.
    target, source
        The database, and where rows come from.
    variables
        More dbt variables; they win over those that follow from ``source``.
    options
        Further options of ``dbt build``, as dbt spells them: it then runs, with all tests of what
        they select.
    all_tests
        Run it with all tests, those too that hold for any data.
    progress
        Told of each node of dbt's that is done.

    Raises
    ------
    UsageError
        The input of the source is not there.
    RtstructError
        dbt could not start: a bad option, profile or project. ``database_locked``: somebody held
        the catalog for a minute. ``database_unreadable``: it is no DuckDB file.
    """
    started = time.monotonic()
    if target == "bigquery" and find_spec("dbt.adapters.bigquery") is None:
        raise UsageError("dbt-bigquery is not installed", install("bigquery"))
    # What dbt takes by itself is not said, so that what it has parsed serves other homes too.
    of_source = {} if source == "dicom" else {"source": source}
    settings = {**of_source, **_inputs(home, source), **(variables or {})}
    work = home.root / "dbt"
    make_private(home.root)
    project = project_with_rules(home)
    # A folder for each: a change of target or source would void dbt's parse cache.
    target_path = work / f"{target}-{source}"
    is_whole = target == "duckdb" and not options and not all_tests
    read = {"source": source, "dicom_all_parquet": str(home.dicom_all), **settings}
    record = Record(home, target_path, read) if is_whole else None
    if record is not None and (kept := record.result()) is not None:
        return _kept(kept, time.monotonic() - started)
    if target == "duckdb" and home.catalog.is_file():
        # dbt gives up at once on a catalog that somebody reads: who, is told while we wait.
        with opened(home.catalog, read_only=False, patience_s=_PATIENCE_S):
            pass
    os.environ["RTSTRUCT_HOME"] = str(home.root)
    os.environ["DO_NOT_TRACK"] = "1"
    arguments = [
        "build",
        *("--project-dir", str(project)),
        *("--profiles-dir", str(project_folder() / "profiles")),
        *("--target-path", str(target_path), "--log-path", str(work / "logs")),
        *("--target", target, "--vars", json.dumps(settings)),
        *("--no-version-check", "--log-level", "none", "--log-level-file", "info"),
        # Unit tests hold for any data: they are for those who change the models.
        *("--no-use-colors", "--no-write-json", "--exclude-resource-type", "unit_test"),
        *(_left_out(home, record) if record is not None else options),
    ]
    parsed = ParseCache(home, target_path, settings)
    with without_collection(), progress("build", None) as advance:
        # The first that imports dbt.
        manifest = parsed.load()
        outcome = invoke_dbt(
            arguments, [_node_by_node(advance)], manifest, is_brief=record is not None
        )
    if manifest is None and outcome.success:
        parsed.keep()
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.result is None or not hasattr(outcome.result, "results"):
        raise RtstructError(
            "build_failed", _explain(str(outcome.exception or "dbt ended without a result")), ""
        )
    results = outcome.result.results
    built = BuildResult(
        models=sum(r.node.resource_type == "model" and r.status == "success" for r in results),
        tests=sum(r.node.resource_type.endswith("test") and r.status == "pass" for r in results),
        problems=tuple(
            _problem(r) for r in results if r.status in ("error", "fail", "runtime error")
        ),
        warnings=tuple(
            f"{r.node.name} ({r.failures} {'row' if r.failures == 1 else 'rows'})"
            for r in results
            if r.status == "warn"
        ),
        seconds=time.monotonic() - started,
    )
    if record is not None and not built.problems:
        record.keep({**asdict(built), "is_unchanged": True})
    return built


def _left_out(home: Home, record: Record) -> list[str]:
    """Options that leave out what this build need not do."""
    nodes = [*_TESTS_OF_CODE]
    if not has_own_rules(home):
        nodes += _TESTS_OF_RULES
    # By their folder: to look for each of them by name takes dbt half a second.
    if record.has_seeds() or copy_seeds(home):
        nodes.append(f"path:{SEEDS},resource_type:seed")
    # Cautious: a test of a rule of the user's own runs, though it looks at a seed that is left out.
    return [
        *("--indirect-selection", "cautious"),
        *(w for node in nodes for w in ("--exclude", node)),
    ]


def _kept(kept: Mapping[str, Any], seconds: float) -> BuildResult:
    told = {name: tuple(kept[name]) for name in ("problems", "warnings")}
    return BuildResult(**{**kept, **told, "seconds": seconds})


def parse_variables(text: str) -> dict[str, object]:
    """dbt variables as its command line takes them, in YAML.

    Raises
    ------
    UsageError
        The text is no YAML mapping.
    """
    import yaml

    try:
        variables = yaml.safe_load(text)
    except yaml.YAMLError:
        variables = None
    if not isinstance(variables, dict):
        raise UsageError(f"--vars {text!r} is no mapping", "Write --vars 'name: value'")
    return variables


def _inputs(home: Home, source: Source) -> dict[str, object]:
    """The variables that follow from the source; missing files are told here, before dbt starts."""
    if source == "dicom":
        _require(home.dicom_all, "Run `rtstruct index PATH...` first")
        return {}
    if source == "idc_index":
        downloaded = {
            f"{name}_parquet": str(path)
            for name in ("rtstruct_index", "volume_geometry_index")
            if (path := home.root / f"{name}.parquet").is_file()
        }
        return {"idc_index_folder": str(idc_index_folder()), **downloaded}
    return {}


def idc_index_folder() -> Path:
    """Folder of the package ``idc-index-data``, which carries IDC's index of series.

    Raises
    ------
    UsageError
        The package is not installed.
    """
    # Not imported: importing it reads every schema that it carries.
    spec = find_spec("idc_index_data")
    if spec is None or spec.origin is None:
        raise UsageError("idc-index-data is not installed", install("idc"))
    return Path(spec.origin).parent


def _require(path: Path, hint: str) -> None:
    if not path.is_file():
        raise UsageError(f"there is no {path}", hint)


def _node_by_node(advance: Advance) -> Callable[[Any], None]:
    """Tells of each node that dbt ends, and of the one that it begins."""

    def listen(event: Any) -> None:
        if event.info.name == "NodeStart":
            advance(0, event.data.node_info.node_name)
        elif event.info.name == "NodeFinished":
            advance(1, event.data.node_info.node_name)

    return listen


def _problem(result: Any) -> str:
    kind = "test" if result.node.resource_type.endswith("test") else "model"
    return f"{kind} {result.node.name}: {_explain(result.message or 'failed')}"


def _explain(message: str) -> str:
    """What a database says, in one line, and what it means for the user."""
    said = _one_line(message)
    code = next((code for pattern, code in _KINDS if re.search(pattern, said)), None)
    return f"{said}. {remedy(code)}" if code else said


def _one_line(message: str) -> str:
    """The part of a database's message that says what is wrong, without the SQL that follows it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    noise = ("LINE ", "^", "compiled code at")
    wanted = [line for line in lines if not line.startswith(noise) and not _HEADING.match(line)]
    said = next((line for line in wanted if "Error:" in line), wanted[0] if wanted else lines[0])
    return said.rstrip(".")
