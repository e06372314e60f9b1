"""The SeriesDescriptions of all of IDC's structure sets, taken as names: `make vocabulary-idc`.

For the annotation collections they hold the ROI's name. Fails if a lesion or seed point has a
structure, or its number becomes anatomy. Needs the package `idc-index-data`.
"""

from __future__ import annotations

import importlib.resources
import signal
import sys
from collections import Counter, defaultdict

import duckdb

from rtstruct.catalog.vocabulary import read_names
from rtstruct.home import Home


def main() -> int:
    index = importlib.resources.files("idc_index_data") / "idc_index.parquet"
    rows = duckdb.execute(
        """
        select collection_id, coalesce(SeriesDescription, ''), count(*)
        from read_parquet(?)
        where Modality = 'RTSTRUCT'
        group by all
        order by all
        """,
        [str(index)],
    ).fetchall()
    readings = read_names([name for _, name, _ in rows], Home.from_environment())
    misled = [
        reading.ROIName
        for reading in readings
        if reading.facets["match_rule"].startswith("annotation.")
        and (reading.facets["structure"] or any(map(str.isdigit, reading.facets["site"] or "")))
    ]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (collection, name, series), reading in zip(rows, readings, strict=True):
        facets = reading.facets
        counts[collection] += Counter(
            {
                "series": series,
                "named": series if name else 0,
                "with class": series if facets["roi_class"] != "UNKNOWN" else 0,
                "with structure": series if facets["structure"] else 0,
                "with site": series if facets["site"] else 0,
                "lesions": series if facets["match_rule"] == "annotation.lesion" else 0,
                "seed points": series if facets["match_rule"] == "annotation.seed_point" else 0,
            }
        )
    columns = (
        *("series", "named", "with class", "with structure", "with site"),
        *("lesions", "seed points"),
    )
    print(f"{'':34}" + "".join(f"{column:>16}" for column in columns))
    for collection, count in sorted(counts.items(), key=lambda item: -item[1]["series"]):
        print(f"{collection:34}" + "".join(f"{count[column]:16d}" for column in columns))
    print(f"{len(misled)} lesions and seed points with a structure, or a number read as anatomy")
    return 1 if misled else 0


if __name__ == "__main__":
    # As `head` wants it: whoever stops reading ends this quietly.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
