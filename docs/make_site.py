"""The pages of the documentation site, gathered into a folder: ``make site``.

Pages that lie in docs/ are taken as they are; the start is the README; tables come from the marts'
yml, commands from the parser. Nothing is told twice.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import yaml

from rtstruct.cli import COMMANDS, parser_of

ROOT = Path(__file__).resolve().parents[1]
DOC = re.compile(r"\{\{\s*doc\(['\"](\w+)['\"]\)\s*\}\}")
BLOCK = re.compile(r"\{%\s*docs (\w+)\s*%\}(.*?)\{%\s*enddocs\s*%\}", re.DOTALL)


def tables() -> str:
    """Every mart with its grain and its columns."""
    texts = {
        name: " ".join(text.split())
        for path in (ROOT / "models").rglob("*.md")
        for name, text in BLOCK.findall(path.read_text(encoding="utf-8"))
    }

    def told(text: str) -> str:
        return " ".join(DOC.sub(lambda found: texts[found[1]], text).split())

    lines = [
        "# Tables",
        "",
        "In `catalog.duckdb`, schema `rtstruct`; from the models' own descriptions.",
    ]
    for path in sorted((ROOT / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            lines += ["", f"## {model['name']}", told(model["description"]), ""]
            lines += ["| column | type | |", "|---|---|---|"]
            for column in model["columns"]:
                text = told(column["description"]).replace("|", "\\|")
                lines.append(f"| `{column['name']}` | {column['data_type']} | {text} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """What ``--help`` says, of every command."""
    parser = parser_of(COMMANDS)
    (chosen,) = (a for a in parser._actions if a.dest == "command" or a.choices)
    lines = ["# Commands", "", "What `rtstruct COMMAND --help` says."]
    for name, command in dict(chosen.choices or {}).items():
        lines += ["", f"## {name}", "```text", command.format_help().rstrip(), "```"]
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        ROOT / "docs", folder, ignore=shutil.ignore_patterns("*.py", "requirements.txt")
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (folder / "index.md").write_text(readme.replace("](docs/", "]("), encoding="utf-8")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "tables.md").write_text(tables(), encoding="utf-8")
    (folder / "commands.md").write_text(commands(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
