"""The vocabulary asked by hand: the very SQL of the dbt models, run in memory on a few names.

dbt compiles the models once; seeds and compiled SQL are kept in one DuckDB file in the cache of
``RTSTRUCT_HOME``, under a hash of the project's files: later questions cost no more than the SQL.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.build import invoke_dbt
from rtstruct.catalog.project import OWN_NAMES, project_folder, project_with_rules
from rtstruct.errors import RtstructError
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from rtstruct.home import Home

_SEEDS = "seeds/vocabulary"
_OWN_NAMES = f"rules/{OWN_NAMES}"
_MODELS = "models/intermediate/vocabulary"
_RESULT = "int_roi_names__facets"


@dataclass(frozen=True)
class Reading:
    """One name as the vocabulary reads it.

    Attributes
    ----------
    facets
        Columns of ``roi_name_vocabulary``, in its order, without ``ROIName``.
    tokens
        What the name was cut into, with how each word was understood (``rt=right``).
    meaning
        What the rule that fired says.
    """

    ROIName: str
    facets: dict[str, Any]
    tokens: tuple[str, ...]
    meaning: str


def read_names(names: Sequence[str], home: Home) -> list[Reading]:
    """Read names with the vocabulary; one reading per name, in the same order, duplicates too.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary, or the user's own rules do not fit it.
    """
    import duckdb

    # Bytes that are not UTF-8 survive in the answer, but no database takes them.
    keys = [_as_utf8(name) for name in names]
    connection = duckdb.connect()
    connection.execute(
        "create temp table int_roi_names as "
        "select distinct unnest(cast(? as varchar[])) as ROIName",
        [keys],
    )
    try:
        for _, statement in statements(connection, home):
            connection.execute(statement)
    except duckdb.Error as error:
        raise RtstructError(
            "vocabulary_failed",
            f"the vocabulary does not run: {str(error).partition(chr(10))[0]}",
            f"{home.rules / OWN_NAMES} must have the columns that `rtstruct names --review` writes",
        ) from error
    answer = connection.execute(
        f"""
        select facets.*, coalesce(words.tokens, []), rules.meaning
        from {_RESULT} as facets
        left join (
            select
                ROIName,
                list(token || coalesce('=' || word_meaning, '') order by position) as tokens
            from (
                select
                    ROIName, position, token,
                    string_agg(distinct concept, '+' order by concept)
                        filter (concept != token) as word_meaning
                from int_roi_names__concepts
                group by ROIName, position, token
            )
            group by ROIName
        ) as words on facets.ROIName = words.ROIName
        left join catalog.rtstruct_staging.roi_class_rules as rules
            on facets.match_rule = rules.match_rule
        """  # noqa: S608 - only constants of this module are put in
    )
    columns = [column[0] for column in answer.description][1:-2]
    rows = {row[0]: row[1:] for row in answer.fetchall()}
    return [
        Reading(
            ROIName=name,
            facets=dict(zip(columns, rows[key][:-2], strict=True)),
            tokens=tuple(rows[key][-2]),
            meaning=rows[key][-1] or "",
        )
        for name, key in zip(names, keys, strict=True)
    ]


def statements(connection: duckdb.DuckDBPyConnection, home: Home) -> list[tuple[str, str]]:
    """Models of the vocabulary and the statements that make them, in order.

    They read the names in the temporary table ``int_roi_names``, which the caller makes.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary.
    """
    connection.execute(f"attach '{_quoted(_store(home))}' as catalog (read_only)")
    models = connection.execute(
        "select name, statement from catalog.main.statements order by place"
    ).fetchall()
    return [(name, f'create temp table "{name}" as {statement}') for name, statement in models]


def _as_utf8(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _store(home: Home) -> Path:
    """The DuckDB file with the seeds and the compiled statements; made on first use."""
    folder = project_with_rules(home)
    store = home.cache / f"vocabulary-{_fingerprint(folder)}.duckdb"
    if not store.is_file():
        home.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.cache, prefix="vocabulary-") as work:
            made = _compile(folder, Path(work))
            # A rename: another process sees the whole file or none.
            made.replace(store)
    return store


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256(__version__.encode())
    for part in ("dbt_project.yml", "macros", _SEEDS, _OWN_NAMES, _MODELS):
        top = folder / part
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in (".sql", ".csv", ".yml"):
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _compile(folder: Path, work: Path) -> Path:
    """Load the seeds and compile the models into ``work``; returns the DuckDB file."""
    import duckdb

    before = os.environ.get("RTSTRUCT_HOME")
    os.environ["RTSTRUCT_HOME"] = str(work)
    try:
        _dbt(folder, work, "seed", "--select", f"path:{_SEEDS}", f"path:{_OWN_NAMES}")
        _dbt(folder, work, "compile", "--select", f"path:{_MODELS}")
    finally:
        if before is None:
            del os.environ["RTSTRUCT_HOME"]
        else:
            os.environ["RTSTRUCT_HOME"] = before
    manifest = json.loads((work / "target" / "manifest.json").read_text())
    statements = _statements(manifest)
    connection = duckdb.connect(str(work / "catalog.duckdb"))
    connection.execute("create table main.statements (place int, name varchar, statement varchar)")
    connection.executemany("insert into main.statements values (?, ?, ?)", statements)
    connection.execute("checkpoint")
    connection.close()
    shutil.rmtree(work / "target")
    return work / "catalog.duckdb"


def _statements(manifest: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Compiled models in the order of their dependencies, as temporary tables."""
    nodes = manifest["nodes"]
    order: list[str] = []

    def visit(key: str) -> None:
        if key in order or not nodes.get(key, {}).get("compiled_code"):
            return
        for parent in nodes[key]["depends_on"]["nodes"]:
            visit(parent)
        order.append(key)

    visit(next(key for key, node in nodes.items() if node["name"] == _RESULT))
    temporary = [node for node in nodes.values() if node["resource_type"] == "model"]
    statements = []
    for place, key in enumerate(order):
        code = nodes[key]["compiled_code"]
        for node in temporary:
            code = code.replace(node["relation_name"] or "\0", f'temp."{node["name"]}"')
        statements.append((place, nodes[key]["name"], code))
    return statements


def _dbt(folder: Path, work: Path, command: str, *options: str) -> None:
    outcome = invoke_dbt(
        [
            *(command, "--project-dir", str(folder)),
            *("--profiles-dir", str(project_folder() / "profiles")),
            *("--target", "duckdb", "--target-path", str(work / "target")),
            *("--log-path", str(work / "logs"), "--log-level", "none", "--quiet"),
            *("--no-version-check", "--no-send-anonymous-usage-stats", *options),
        ]
    )
    if not outcome.success:
        failed = [r.message for r in getattr(outcome.result, "results", []) if r.status == "error"]
        reason = " ".join(str(outcome.exception or "; ".join(map(str, failed))).split())
        raise RtstructError("vocabulary_failed", f"the vocabulary does not compile: {reason}")
