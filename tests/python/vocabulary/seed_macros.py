"""Rows of the vocabulary as constants of the SQL: `make vocabulary-macros`, after changing them.

No engine is quick with a regular expression that stands in a column, and dbt compiles models before
their seeds are there. So these two seeds are read here, and their rows compiled into the models.
"""

from __future__ import annotations

import csv
import json
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SEEDS = ROOT / "seeds" / "vocabulary"
MACROS = ROOT / "macros" / "vocabulary" / "roi_seed_rows.sql"

TEXT = """\
{{#- Written from seeds/vocabulary by `make vocabulary-macros`; change the seeds. -#}}

{{#- Rows of roi_rewrites of one step: patterns (RE2), and what takes the place of a match. -#}}
{{% macro roi_rewrites(step) -%}}
{{{{ return({{
{rewrites}}}[step]) }}}}
{{%- endmacro %}}

{{#- Words of roi_target_words that tell this, as alternatives of a pattern; only those with this
    value, if one is given. -#}}
{{% macro roi_target_words(tells, value=none) -%}}
{{{{ return({{
{words}}}[tells ~ (' ' ~ value if value else '')]) }}}}
{{%- endmacro %}}
"""


def main() -> None:
    """Write the macros."""
    MACROS.write_text(macros(), encoding="utf-8")


def macros() -> str:
    """The whole file."""
    rewrites = [
        f"    {_text(step)}: [\n"
        + "".join(
            f"        ({_text(row['pattern'])}, {_text(row['replacement'])}),\n" for row in rows
        )
        + "    ],\n"
        for step, rows in groupby(seed_rows("roi_rewrites"), key=lambda row: row["step"])
    ]
    words: dict[str, dict[str, None]] = {}
    for row in seed_rows("roi_target_words"):
        for key in {row["tells"], f"{row['tells']} {row['value']}".strip()}:
            words.setdefault(key, {})[row["word"]] = None
    told = [
        f"    {_text(key)}: {_text('|'.join(group))},\n"
        for key, group in sorted(words.items())
        if " " not in key or len(group) > 1
    ]
    return TEXT.format(rewrites="".join(rewrites), words="".join(told))


def seed_rows(seed: str) -> list[dict[str, str]]:
    """Rows of a seed, as its file has them."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
