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
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.build import invoke_dbt
from rtstruct.catalog.project import OWN_NAMES, OWN_WORDS, project_folder
from rtstruct.errors import RtstructError
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.home import Home

RESULT = "int_cohort_names__facets"
NAMES = "int_cohort_names"
_SEEDS = "seeds/vocabulary"
_OWN = tuple(f"rules/{name}" for name in (OWN_NAMES, OWN_WORDS))
_MODELS = "models/intermediate/vocabulary"
_PREFIX = "vocabulary-"
_KEPT = 3
"""Stores of other versions, or of a project that is being edited, that stay in a cache folder."""
_IN_USE_S = 24 * 3600
"""A store that was used so recently may be open, or be opened in the next instant."""
_PACKED = Path(__file__).resolve().parents[1] / "compiled"


def compiled_vocabulary(home: Home) -> Path:
    """The DuckDB file with the seeds and the compiled statements; made on first use.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary.
    """
    name = f"{_PREFIX}{_fingerprint(project_folder())}.duckdb"
    caches = [*_user_caches(), home.cache]
    for folder in (_PACKED, *caches):
        if (folder / name).is_file():
            if folder != _PACKED:
                with suppress(OSError):
                    os.utime(folder / name)  # the time of its last use: see _drop_old
            return folder / name
    for folder in caches:
        try:
            store = compile_vocabulary(folder)
        except OSError:
            continue  # nobody may write there
        _drop_old(store)
        return store
    work = Path(tempfile.mkdtemp(prefix="rtstruct-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    return compile_vocabulary(work)


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


def _drop_old(store: Path) -> None:
    """Remove what other versions left beside a store, but the last used and what may be in use."""
    ages: list[tuple[float, Path]] = []
    for path in store.parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another process was quicker
            ages.append((time.time() - path.stat().st_mtime, path))
    others = [(age, path) for age, path in sorted(ages) if path != store]
    for age, path in others[_KEPT:]:
        if age < _IN_USE_S:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # of a process that was killed
        else:
            with suppress(OSError):
                path.unlink()


def _user_caches() -> Iterator[Path]:
    """Where the platform keeps what a user can do without; none, if the user has no home."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    if named:
        yield Path(named) / "rtstruct"
        return
    try:
        home = Path.home()
    except RuntimeError:
        return
    yield home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "rtstruct"


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256(__version__.encode())
    for part in ("dbt_project.yml", "macros", _SEEDS, *_OWN, _MODELS):
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
        _dbt(work, "seed", "--select", f"path:{_SEEDS}", *map("path:{}".format, _OWN))
        _dbt(work, "compile", "--select", f"path:{_MODELS}")
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
    """Compiled models in the order of their dependencies; one's own rules are temporary, too."""
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
    statements = []
    for place, key in enumerate(order):
        code = nodes[key]["compiled_code"]
        for node in temporary:
            code = code.replace(node["relation_name"] or "\0", f'temp."{node["name"]}"')
        statements.append((place, nodes[key]["name"], code))
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
