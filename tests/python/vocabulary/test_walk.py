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
# The tables in order: what is shown of each, and, where a table has no ROIName, how it is reached.
STEPS = {
    "int_roi_names__tokens": "string_agg(token, ' ' order by position)",
    "int_roi_tokens__words": "string_agg(token || ': ' || word || ', ' || method, '; ')",
    "int_roi_names__concepts": (
        "string_agg(distinct token || ': ' || concept || ' (' || role || ')', '; ')"
        " filter (concept is not null)"
    ),
    "int_roi_names__languages": "min(spoken_languages)",
    "int_roi_names__shapes": "min('`' || shape || '`, key `' || concept_key || '`')",
    "int_concept_keys__structures": "min(concat_ws(', ', outcome, first_structure))",
    "int_roi_names__rules": (
        "min(concat_ws(', ', 'rule ' || priority, match_rule, nullif(trim(traits), '')))"
    ),
    "int_roi_names__readings": (
        "min(concat_ws(', ', roi_class, structure, laterality, operation, unread_words))"
    ),
    "int_roi_names__facets": (
        "min(concat_ws(', ', tg263_name, target_type, 'margin ' || margin_mm || ' mm',"
        " dose_gy || ' Gy', language, 'confidence ' || confidence))"
    ),
}
REACHED = {
    "int_roi_tokens__words": "int_roi_names__tokens join int_roi_tokens__words using (token)",
    "int_concept_keys__structures": (
        "int_roi_names__shapes join int_concept_keys__structures using (concept_key)"
    ),
}
LISTS = ("int_roi_names__concepts", "int_roi_tokens__words")


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
            connection.execute(
                f"select ROIName, {shown} from {REACHED.get(model, model)} group by all"
            ).fetchall()
        )
        cells = [(found.get(name) or "").strip() for name in NAMES]
        if model in LISTS:
            cells = ["; ".join(sorted(cell.split("; "))) for cell in cells]
        lines.append(f"| `{model}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_three_names_walk_through_the_tables_as_the_docs_say(vocabulary_home: Home) -> None:
    assert walk(vocabulary_home) in DOCS.read_text(encoding="utf-8")
