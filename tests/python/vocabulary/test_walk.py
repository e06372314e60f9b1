"""The walk of docs/vocabulary.md through the tables is what the tables hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from rtstruct.catalog.vocabulary import statements

if TYPE_CHECKING:
    from rtstruct.home import Home

DOCS = Path(__file__).parents[3] / "docs" / "vocabulary.md"
NAMES = ("Parotide G", "cord+5mm", "PTV60_crop")
STEPS = {
    "int_roi_names__tokens": "string_agg(token, ' ' order by position)",
    "int_roi_names__concepts": (
        "string_agg(distinct token || ': ' || concept || ' (' || role || ')', ', ')"
        " filter (concept is not null)"
    ),
    "int_roi_names__shapes": "min('`' || shape || '`, key `' || concept_key || '`')",
    "int_roi_names__rules": "min('`' || outline || '`: ' || match_rule)",
    "int_roi_names__readings": (
        "min(concat_ws(', ', roi_class, structure, laterality, operation, unread_words))"
    ),
    "int_roi_names__facets": (
        "min(concat_ws(', ', tg263_name, target_type, 'margin ' || margin_mm || ' mm',"
        " dose_gy || ' Gy', language, 'confidence ' || confidence))"
    ),
}


def walk(home: Home) -> str:
    connection = duckdb.connect()
    connection.execute(
        "create temp table int_cohort_names as select '' as cohort, unnest(?) as ROIName,"
        " cast(null as varchar) as RTROIInterpretedType",
        [list(NAMES)],
    )
    for _, statement in statements(connection, home):
        connection.execute(statement)
    lines = [f"| table | {' | '.join(f'`{name}`' for name in NAMES)} |", "|---|---|---|---|"]
    for model, shown in STEPS.items():
        found = dict(
            connection.execute(f'select ROIName, {shown} from "{model}" group by all').fetchall()
        )
        cells = [", ".join(sorted((found[name] or "").split(", "))) for name in NAMES]
        if model != "int_roi_names__concepts":
            cells = [found[name] or "" for name in NAMES]
        lines.append(f"| `{model}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_three_names_walk_through_the_tables_as_the_docs_say(vocabulary_home: Home) -> None:
    assert walk(vocabulary_home) in DOCS.read_text(encoding="utf-8")
