"""Pages of the catalog: names, structures, findings, what is to be reviewed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.query import has_tables
from rtstruct.codes import codes
from rtstruct.report.data_files import columns_of, plain, write_data
from rtstruct.report.questions import Table, ask, ask_together

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from rtstruct.report.pages import Pages
    from rtstruct.report.privacy import Pseudonyms

_BY_SEVERITY = "array_position(['error', 'warning', 'info'], severity), findings desc, finding_code"
REGISTRY_TABLES = ("registry.masks", "registry.points", "registry.roi_failures")


def mask_states(connection: duckdb.DuckDBPyConnection) -> Table:
    """What became of ROIs: of the registry as it is now, else as the catalog was built."""
    if has_tables(connection, *REGISTRY_TABLES):
        return ask(connection, "mask_states")
    table = ask(connection, "mask_coverage")
    tried = any(state != "never_tried" for state in table.column("state") or ())
    return table if tried else Table(table.sql, table.columns, [])


def write_names(pages: Pages, connection: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Write ``names.html``: every name, with all that the vocabulary says of it."""
    table = ask(connection, "names")
    links = {
        name: link for name, link, _ in ask(connection, "name_examples").rows if link is not None
    }
    place = table.columns.index("ROIName")
    rows = [(*row, links.get(row[place])) for row in table.rows]
    content = columns_of((*table.columns, "viewer_url"), rows)
    write_data(data / "names.js", "names", content)
    pages.write(
        "names.html",
        "names.html.j2",
        title="Names",
        lead="Every distinct ROIName, what it stands for, and how that is known.",
        table=table,
        data="names",
    )


def write_review(pages: Pages, connection: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Write ``review.html``: names to review, those first that would resolve most."""
    table = ask(connection, "review")
    write_data(data / "review.js", "review", columns_of(table.columns, table.rows))
    pages.write(
        "review.html",
        "names.html.j2",
        title="To review",
        lead="Names that nobody should rely on yet, by the series that each would resolve."
        " `rtstruct names --review FILE` writes a template for them.",
        table=table,
        data="review",
    )


def write_structures(pages: Pages, connection: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Write ``structures.html``, and for each structure the raw names that it gathers."""
    table = ask(connection, "structures")
    names = ask(connection, "structure_names")
    gathered: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for structure, *row in names.rows:
        gathered[structure].append(tuple(row))
    index = {}
    for number, facts in enumerate(table.records(), start=1):
        file = f"structure_{number}"
        content = columns_of(names.columns[1:], gathered[facts["structure"]])
        write_data(data / f"{file}.js", file, content)
        index[facts["structure"]] = plain(facts) | {"file": file}
    write_data(data / "structure_index.js", "structure_index", index)
    pages.write(
        "structures.html", "structures.html.j2", title="Structures", table=table, names=names
    )


def write_others(pages: Pages, connection: duckdb.DuckDBPyConnection) -> None:
    """Write ``others.html``: targets, planning volumes, helpers, points."""
    number = "number"
    counts = (("rois", "ROIs", number), ("patients", "Patients", number))
    many = ("names", "Names", number)
    collections = ("collections", "Collections", number)
    parts = (
        (
            "targets",
            "Targets",
            "Tumour volumes, by type and part.",
            ask(connection, "targets"),
            (("target_type", "Type", ""), ("target_part", "Part", ""), many, *counts, collections),
        ),
        (
            "derived",
            "Planning volumes and derived ROIs",
            "Organs with a margin, cropped, or made for the optimiser: not the organ itself.",
            ask(connection, "derived"),
            (
                ("roi_class", "Class", "class"),
                ("structure", "Of", "structure"),
                ("operation", "Operation", ""),
                ("margin_mm", "Margin, mm", ""),
                many,
                *counts,
            ),
        ),
        (
            "helpers",
            "Helpers, outlines, several organs at once",
            "The 200 most frequent names.",
            ask(connection, "helpers"),
            (("ROIName", "Name", "name"), ("roi_class", "Class", "class"), *counts, collections),
        ),
        (
            "points",
            "Points",
            "Seeds and reference points: kept as points, never made masks. The 200 most"
            " frequent names.",
            ask(connection, "points"),
            (
                ("ROIName", "Name", "name"),
                ("structure", "Structure", "structure"),
                counts[0],
                collections,
            ),
        ),
        (
            "geometry",
            "What the contours enclose",
            "A volume, points, open lines or nothing; unknown where a source holds no contours.",
            ask(connection, "geometry"),
            (("geometry_class", "Geometry", ""), many, counts[0], ("series", "Series", number)),
        ),
        (
            "evidence",
            "How structure sets name their images",
            "By instance (sop), by series, or by a shared frame of reference only.",
            ask(connection, "evidence"),
            (("evidence", "Evidence", ""), ("refs", "References", number)),
        ),
    )
    pages.write("others.html", "others.html.j2", title="Targets, helpers, points", parts=parts)


def write_findings(
    pages: Pages, connection: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms
) -> Table:
    """Write ``findings.html``; returns how many there are of each kind."""
    # Another version's build does not say which masks it judged.
    of_masks = has_tables(connection, "mask_findings", "judged_masks", "registry.masks")
    names = ("findings", "mask_findings")[: 1 + of_masks]
    table = ask_together(connection, names, _BY_SEVERITY)
    examples: dict[str, list[dict[str, Any]]] = defaultdict(list)
    shown_rows = ask(connection, "finding_examples").records()
    if of_masks:
        shown_rows += ask(connection, "mask_finding_examples").records()
    for row in shown_rows:
        patient = pseudonyms.patient(row["collection_id"], row["PatientID"])
        detail = row["detail"]
        if row["viewer_url"] is None:
            detail = pseudonyms.text(detail, row["PatientID"])
        examples[row["finding_code"]].append(row | {"patient": patient, "detail": detail})
    groups = []
    for row in table.records():
        code = codes().get(row["finding_code"])
        shown = examples[row["finding_code"]]
        groups.append(
            row
            | {"code": code, "examples": shown}
            | {
                "has_links": any(one["viewer_url"] for one in shown),
                "has_names": any(one["ROIName"] is not None for one in shown),
                "has_details": any(one["detail"] for one in shown),
            }
        )
    pages.write("findings.html", "findings.html.j2", title="Findings", table=table, groups=groups)
    return table
