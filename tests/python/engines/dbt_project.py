"""The dbt project on one engine: run in this process, with its own target folder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from rtstruct.catalog.dbt_runner import invoke_dbt

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class DbtProject:
    """The project as it is in the checkout, for one target, with variables and an environment."""

    target: str
    profiles: Path
    folder: Path
    """Where this target's compiled SQL and logs go; sharing one would defeat partial parsing."""
    variables: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str) -> Any:
        """Run a dbt command; returns its result.

        Raises
        ------
        AssertionError
            If it fails; with every message of a node that did.
        """
        options = {
            "--project-dir": str(ROOT),
            "--profiles-dir": str(self.profiles),
            "--target": self.target,
            "--target-path": str(self.folder),
            "--log-path": str(self.folder),
            "--vars": json.dumps(dict(self.variables)),
        }
        flags = ["--no-version-check", "--no-use-colors", "--log-level", "warn"]
        # What dbt deprecates today, on either target, it will refuse one day.
        flags += ["--warn-error-options", '{"error": ["Deprecations"]}']
        with mock.patch.dict(os.environ, {"DO_NOT_TRACK": "1", **self.environment}):
            outcome = invoke_dbt(
                [*flags, *command, *(text for option in options.items() for text in option)]
            )
        assert outcome.success, (
            f"dbt {' '.join(command)}: {outcome.exception or _failures(outcome)}"
        )
        return outcome.result

    def manifest(self) -> dict[str, Any]:
        """What dbt knows of the project: every node, with its compiled SQL."""
        return json.loads((self.folder / "manifest.json").read_text())


def _failures(outcome: Any) -> list[str]:
    return [
        f"{result.node.unique_id}: {str(result.message).strip()[:500]}"
        for result in outcome.result
        if result.status in ("error", "fail", "runtime error")
    ]
