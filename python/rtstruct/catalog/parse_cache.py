"""What dbt has parsed, kept for all homes: to parse the project takes longer than to run it.

dbt leaves it as ``partial_parse.msgpack`` in its target folder. All in it that differs between
homes is their path, which is taken out and put in here.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rtstruct.atomic_write import draft_of
from rtstruct.catalog.freshness import digest_of_project
from rtstruct.catalog.user_caches import drop_old, user_caches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rtstruct.home import Home

_PARSED = "partial_parse.msgpack"
_HOME = "{home of rtstruct}"
# What dbt says of a file that another version of it wrote, or nobody.
_UNREADABLE = (AttributeError, ImportError, LookupError, OSError, TypeError, ValueError)


class ParseCache:
    """What dbt has parsed of this project: of these files, versions and variables.

    Parameters
    ----------
    home
        That is built.
    target_path
        Where dbt leaves what it has parsed for this home; a name for each target and source.
    settings
        The dbt variables of the build.
    """

    def __init__(self, home: Home, target_path: Path, settings: Mapping[str, object]) -> None:
        self._home = str(home.root)
        self._own = target_path / _PARSED
        rules = sorted(path.name for path in home.rules.glob("*"))
        said = json.dumps([target_path.name, settings, rules], sort_keys=True, default=str)
        name = digest_of_project([said.replace(self._home, _HOME)])
        self._places = [folder / f"parsed-{name[:16]}.msgpack" for folder in user_caches()]
        # Where a path is written in SQL or JSON, it is what it is elsewhere.
        self._is_plain = not set("'\"\\") & set(self._home)

    def load(self) -> Any | None:
        """dbt's manifest for this home; None where dbt has to parse."""
        path = next((path for path in self._places if path.is_file()), None)
        if path is None or not self._is_plain:
            return None
        try:
            from dbt.contracts.graph.manifest import Manifest
            from dbt.parser.manifest import extended_mashumuro_decoder

            def decode(content: bytes) -> Any:
                return self._renamed(extended_mashumuro_decoder(content), _HOME, self._home)

            manifest = Manifest.from_msgpack(path.read_bytes(), decoder=decode)
            manifest.build_flat_graph()
        except _UNREADABLE:
            return None
        places = {getattr(node, "root_path", None) for node in manifest.nodes.values()}
        return manifest if places - {None} == {f"{self._home}/dbt/project"} else None

    def keep(self) -> None:
        """Keep what dbt has just parsed for this home, for the others."""
        if not (self._own.is_file() and self._is_plain):
            return
        try:
            import msgpack  # type: ignore[import-untyped]  # dbt's, without types

            parsed = msgpack.unpackb(self._own.read_bytes(), strict_map_key=False)
            nodes = parsed["nodes"].values()
            # From there dbt reads seeds, of which some are rules of the user's own.
            if {n["root_path"] for n in nodes if "root_path" in n} != {f"{self._home}/dbt/project"}:
                return
            content = msgpack.packb(self._renamed(parsed, self._home, _HOME))
        except _UNREADABLE:
            return
        for path in self._places:
            draft = draft_of(path)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                draft.write_bytes(content)
                draft.replace(path)
            except OSError:
                continue  # nobody may write there
            drop_old(path, "parsed-", kept=20)
            return

    @staticmethod
    def _renamed(parsed: Any, old: str, new: str) -> Any:
        # A path begins a value, or a literal of SQL.
        path = re.compile(f"(^|'){re.escape(old)}(?=/|$)")

        def renamed(value: Any) -> Any:
            if isinstance(value, str):
                return path.sub(lambda match: match[1] + new, value) if old in value else value
            if isinstance(value, dict):
                return {key: renamed(each) for key, each in value.items()}
            if isinstance(value, list):
                return [renamed(each) for each in value]
            return value

        return renamed(parsed)
