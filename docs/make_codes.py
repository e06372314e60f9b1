"""The page codes.md, written from seeds/codes.csv: run it after changing a code."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from rtstruct.codes import Code, codes

PAGE = Path(__file__).parent / "codes.md"

INTRODUCTION = """\
# Codes

Every finding, refusal, failure and note has a code. `catalog_findings.finding_code`, \
`conversion_worklist.reason_code`, `registry.conversions.error_code`, \
`registry.roi_failures.error_code`, the first word of each of `registry.masks.notes` and the \
messages of the commands use the same ones.

The table is `seeds/codes.csv`; in SQL it is the seed `codes`. This page is written from it by \
`make codes`.

| severity | meaning |
|---|---|
| error | There is no result, or none that can be trusted. |
| warning | Look before you use it. |
| info | Good to know. |

A row in `rules/finding_exceptions.csv` of `RTSTRUCT_HOME` (code, SOPInstanceUID, ROINumber or \
nothing for the whole structure set, reason) leaves a finding out of the next build.
"""

HEADINGS = {
    "file": "Files",
    "structure_set": "Structure sets",
    "roi": "ROIs",
    "image_series": "Image series",
    "mask": "Masks",
    "conversion": "Conversions",
    "download": "Downloads",
    "command": "Commands",
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    sections = [INTRODUCTION]
    for scope, members in groupby(codes().values(), key=lambda code: code.scope):
        sections.append(f"## {HEADINGS[scope]}\n")
        sections += [entry(code) for code in members]
    return "\n".join(sections)


def entry(code: Code) -> str:
    """One code: what it is, an example, why it matters, what to do."""
    return (
        f"### `{code.code}`\n"
        f"{code.severity.capitalize()}: {code.meaning}{stops(code)}\n\n"
        f"- Example: {code.example}\n"
        f"- Why it matters: {code.why}\n"
        f"- What to do: {code.remedy}\n"
    )


def stops(code: Code) -> str:
    """Which outputs a code stops, in a sentence; empty if none."""
    outputs = {
        "NIfTI, NRRD and MHA on the image's own grid": code.blocks_nifti,
        "resampled masks": code.blocks_resampled,
        "DICOM SEG": code.blocks_seg,
    }
    stopped = [name for name, is_stopped in outputs.items() if is_stopped]
    if not stopped:
        return ""
    return f" Stops {'every mask' if len(stopped) == len(outputs) else ', '.join(stopped)}."


if __name__ == "__main__":
    main()
