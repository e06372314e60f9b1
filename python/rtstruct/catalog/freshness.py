"""What a catalog was built from: a build of the same things need not be made again.

Beside the catalog stands what went into it, and which state of its file came of that. Whatever
differs, be it a rule, a seed, a model, a variable, a version, the index or the file itself, is
reason to build.
"""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtstruct.atomic_write import write_whole
from rtstruct.catalog.project import project_folder
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rtstruct.home import Home

_PROJECT = ("dbt_project.yml", "profiles", "macros", "models", "tests/dbt")
_SEEDS = ("dbt_project.yml", "macros", "seeds")
_TOOLS = ("dbt-core", "dbt-duckdb", "duckdb")


class Record:
    """What went into a catalog, before it is built.

    Parameters
    ----------
    home
        Whose catalog it is.
    folder
        Where the record of the last build stands.
    settings
        The dbt variables of the build; those that name files stand for these files too.
    """

    def __init__(self, home: Home, folder: Path, settings: Mapping[str, object]) -> None:
        self._catalog = home.catalog
        self._file = folder / "built_from.json"
        project = project_folder()
        exports = (
            home.registry_rois,
            home.registry_masks,
            home.registry_mask_overlaps,
            home.registry_mask_notes,
        )
        named = [Path(text) for text in settings.values() if isinstance(text, str) and text]
        self._seeds = _digest(_versions(), _files(project, _SEEDS))
        self._all = _digest(
            [
                *(self._seeds, str(home.root), json.dumps(settings, sort_keys=True, default=str)),
                *(_state(path) for path in _flat([*named, _beside(home.dicom_all)])),
            ],
            _files(project, _PROJECT) + _files(home.root, ["rules"]) + [*filter(_is_file, exports)],
        )

    def result(self) -> dict[str, Any] | None:
        """What the last build came to, if it was made from the same; None if it is to be made."""
        known = self._known()
        return known["result"] if known.get("all") == self._all else None

    def has_seeds(self) -> bool:
        """Whether the catalog holds the seeds of the project as they are."""
        return self._known().get("seeds") == self._seeds

    def keep(self, result: Mapping[str, object]) -> None:
        """Remember a build that is whole."""
        known = {"seeds": self._seeds, "all": self._all, "result": result}
        content = {"catalog": _state(self._catalog), **known}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._file, json.dumps(content))

    def _known(self) -> dict[str, Any]:
        """What was kept, unless somebody has written to the catalog since."""
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        is_ours = isinstance(known, dict) and known.get("catalog") == _state(self._catalog)
        return known if is_ours and _is_file(self._catalog) else {}


def digest_of_project(words: Iterable[str]) -> str:
    """Of all files of the project that dbt reads, of versions, of its environment and ``words``."""
    project = project_folder()
    return _digest([*_versions(), *words], _files(project, (*_PROJECT, *_SEEDS)))


def _versions() -> list[str]:
    tools = [f"{name} {version(name)}" for name in _TOOLS]
    of_dbt = sorted(f"{key}={text}" for key, text in os.environ.items() if _rules_dbt(key))
    return [__version__, *tools, *of_dbt]


def _rules_dbt(variable: str) -> bool:
    return variable.startswith("DBT_")


def _beside(index: Path) -> Path:
    """What ``rtstruct index`` writes beside the index."""
    return index.with_name(f"{index.stem}_files.parquet")


def _is_file(path: Path) -> bool:
    return path.is_file()


def _flat(paths: Iterable[Path]) -> list[Path]:
    """Files, and those in folders."""
    return [
        each for path in paths for each in (sorted(path.iterdir()) if path.is_dir() else [path])
    ]


def _state(path: Path) -> str:
    """What changes when somebody writes to a file; its write-ahead log is of it."""
    states = []
    for each in (path, path.with_name(f"{path.name}.wal")):
        try:
            file = each.stat()
        except (OSError, ValueError):
            continue  # no file, or no path at all
        states.append(f"{each} {file.st_ino} {file.st_size} {file.st_mtime_ns}")
    return "\n".join(states)


def _files(folder: Path, parts: Iterable[str]) -> list[Path]:
    """Files of a project that dbt reads."""
    found = []
    for part in parts:
        top = folder / part
        found += [*top.rglob("*")] if top.is_dir() else [top]
    return sorted(path for path in found if path.suffix in (".sql", ".csv", ".yml"))


def _digest(words: Iterable[str], files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode("utf-8", "surrogateescape") + b"\0")
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return digest.hexdigest()
