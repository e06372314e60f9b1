"""The vocabulary compiled: its seeds and the SQL of its models, in one DuckDB file.

dbt compiles the models once for each version of the project's files. The file travels with the
package where `make setup` has made it; else the first use lays it into the user's cache folder,
where all homes find it.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.dbt_runner import invoke_dbt
from rtstruct.catalog.project import OWN_NAMES, OWN_WORDS, project_folder
from rtstruct.catalog.user_caches import drop_old, user_caches
from rtstruct.errors import RtstructError
from rtstruct.version import __version__

if TYPE_CHECKING:
    from rtstruct.home import Home

RESULT = "int_cohort_names__facets"
NAMES = "int_cohort_names"
SEEDS = "seeds"
"""All of the project: a catalog takes them from here, too."""
_OWN = tuple(f"rules/{name}" for name in (OWN_NAMES, OWN_WORDS))
_MODELS = "models/intermediate/vocabulary"
_PREFIX = "vocabulary-"
# Of the file: changes when what is in it is laid out in another way.
_LAYOUT = 2
_PACKED = Path(__file__).resolve().parents[1] / "compiled"


def compiled_vocabulary(home: Home) -> Path:
    """The DuckDB file with the seeds and the compiled statements; made on first use.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary.
    """
    if (found := find_vocabulary(home)) is not None:
        if found.parent != _PACKED:
            with suppress(OSError):
                os.utime(found)  # the time of its last use: see drop_old
        return found
    for folder in _caches(home):
        try:
            store = compile_vocabulary(folder)
        except OSError:
            continue  # nobody may write there
        drop_old(store, _PREFIX)
        return store
    work = Path(tempfile.mkdtemp(prefix="rtstruct-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    return compile_vocabulary(work)


def find_vocabulary(home: Home) -> Path | None:
    """As :func:`compiled_vocabulary`, where it is made already."""
    name = f"{_PREFIX}{_fingerprint(project_folder())}.duckdb"
    places = (folder / name for folder in (_PACKED, *_caches(home)))
    return next((path for path in places if path.is_file()), None)


def _caches(home: Home) -> list[Path]:
    return [*user_caches(), home.cache]


def compile_vocabulary(folder: Path = _PACKED) -> Path:
    """Compile the vocabulary into a folder; returns the file, which never stands there half made.

    Raises
    ------
    OSError
        The folder cannot be written to.
    RtstructError
        dbt could not compile the vocabulary.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / f"{_PREFIX}{_fingerprint(project_folder())}.duckdb"
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PREFIX) as work:
        made = _compile(Path(work))
        # A rename: another process sees the whole file or none.
        made.replace(store)
    return store


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256(f"{__version__} {_LAYOUT}".encode())
    for part in ("dbt_project.yml", "macros", SEEDS, *_OWN, _MODELS):
        top = folder / part
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in (".sql", ".csv", ".yml"):
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _compile(work: Path) -> Path:
    """Load the seeds and compile the models into ``work``; returns the DuckDB file."""
    import duckdb

    before = os.environ.get("RTSTRUCT_HOME")
    os.environ["RTSTRUCT_HOME"] = str(work)
    try:
        _dbt(work, "seed", "--select", f"path:{SEEDS}", *map("path:{}".format, _OWN))
        _dbt(work, "compile", "--select", f"path:{_MODELS}")
    finally:
        if before is None:
            del os.environ["RTSTRUCT_HOME"]
        else:
            os.environ["RTSTRUCT_HOME"] = before
    manifest = json.loads((work / "target" / "manifest.json").read_text())
    statements = _statements(manifest)
    connection = duckdb.connect(str(work / "catalog.duckdb"))
    connection.execute(
        "create table main.statements"
        " (place int, name varchar, statement varchar, is_of_names boolean)"
    )
    connection.executemany("insert into main.statements values (?, ?, ?, ?)", statements)
    for file_name in (OWN_NAMES, OWN_WORDS):
        table = file_name.removesuffix(".csv")
        connection.execute(f"create temp table {table} as from rtstruct_staging.{table}")
    for _, name, statement, is_of_names in statements:
        if not is_of_names:
            connection.execute(f'create table main."{name}" as {statement}')
            connection.execute(f'create temp view "{name}" as from catalog.main."{name}"')
    connection.execute("checkpoint")
    connection.close()
    shutil.rmtree(work / "target")
    return work / "catalog.duckdb"


def _statements(manifest: dict[str, Any]) -> list[tuple[int, str, str, bool]]:
    """Compiled models in the order of their dependencies, and whether they depend on the names.

    One's own rules are temporary, too.
    """
    nodes = manifest["nodes"]
    order: list[str] = []

    def visit(key: str) -> None:
        node = nodes.get(key, {})
        if key in order or not node.get("compiled_code") or node["name"] == NAMES:
            return
        for parent in nodes[key]["depends_on"]["nodes"]:
            visit(parent)
        order.append(key)

    visit(next(key for key, node in nodes.items() if node["name"] == RESULT))
    temporary = [
        node
        for node in nodes.values()
        if node["resource_type"] == "model" or f"{node['name']}.csv" in (OWN_NAMES, OWN_WORDS)
    ]
    of_names = {key for key, node in nodes.items() if node["name"] == NAMES}
    statements = []
    for place, key in enumerate(order):
        if not of_names.isdisjoint(nodes[key]["depends_on"]["nodes"]):
            of_names.add(key)
        code = nodes[key]["compiled_code"]
        for node in temporary:
            code = code.replace(node["relation_name"] or "\0", f'temp."{node["name"]}"')
        statements.append((place, nodes[key]["name"], code, key in of_names))
    return statements


def _dbt(work: Path, command: str, *options: str) -> None:
    outcome = invoke_dbt(
        [
            *(command, "--project-dir", str(project_folder())),
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
