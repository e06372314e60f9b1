"""Series as rows of slices, by kind, and how many stacks each is."""

from __future__ import annotations

import itertools
import random
from typing import Any

from catalog.dicom_all_rows import images

Row = dict[str, Any]

CORONAL = ("1", "0", "0", "0", "0", "-1")
SAGITTAL = ("0", "1", "0", "0", "0", "-1")
LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
NUMBERS = ("SliceThickness", "AcquisitionNumber", "TemporalPositionIdentifier", "EchoTime")


def series(name: str, *blocks: list[Row]) -> list[Row]:
    """Blocks of images as one series, numbered in their order."""
    rows = list(itertools.chain(*blocks))
    return [
        {
            **row,
            "SeriesInstanceUID": name,
            "SOPInstanceUID": f"{name}.{k}",
            "InstanceNumber": str(k),
        }
        for k, row in enumerate(rows, 1)
    ]


def block(start: float, step: float, count: int, **more: Any) -> list[Row]:
    return images("x", positions=[round(start + step * k, 4) for k in range(count)], **more)


def times(first: int, count: int) -> list[str]:
    return [f"10:{(first + k) // 60:02}:{(first + k) % 60:02}" for k in range(count)]


def timed(rows: list[Row], keyword: str, values: list[str]) -> list[Row]:
    return [{**row, keyword: value} for row, value in zip(rows, values, strict=True)]


# What each real kind of series must become: slices of each stack, in order.
KINDS: dict[str, tuple[list[Row], list[int], str | None]] = {
    "helical, in blocks": (
        series(
            "1.1",
            block(0, 3, 10, AcquisitionNumber="1"),
            block(30, 3, 10, AcquisitionNumber="2"),
            block(60, 3, 5, AcquisitionNumber="3"),
        ),
        [25],
        None,
    ),
    "two acquisitions": (
        series("1.2", block(0, 3, 9, AcquisitionNumber="1"), block(0, 3, 9, AcquisitionNumber="2")),
        [9, 9],
        "AcquisitionNumber",
    ),
    "three acquisitions of other reaches": (
        series(
            "1.3",
            block(0, 3, 20, AcquisitionNumber="1"),
            block(30, 3, 20, AcquisitionNumber="2"),
            block(45, 3, 6, AcquisitionNumber="3"),
        ),
        [20, 20, 6],
        "AcquisitionNumber",
    ),
    "interleaved by half a step": (
        series(
            "1.4",
            block(0, 3, 20, AcquisitionNumber="1", SliceThickness="3"),
            block(1.5, 3, 20, AcquisitionNumber="2", SliceThickness="3"),
        ),
        [20, 20],
        "AcquisitionNumber",
    ),
    "interleaved, told by the order alone": (
        series("1.5", block(0, 3, 9, SliceThickness="3"), block(1.5, 3, 9, SliceThickness="3")),
        [9, 9],
        "InstanceNumber",
    ),
    "interleaved, one of them lacks slices": (
        series(
            "1.18",
            block(0, 3, 20, AcquisitionNumber="1", SliceThickness="3"),
            [
                row
                for k, row in enumerate(
                    block(1.5, 3, 20, AcquisitionNumber="2", SliceThickness="3")
                )
                if k not in (7, 8, 13)
            ],
        ),
        [20, 17],
        "AcquisitionNumber",
    ),
    "a label that changes as it likes": (
        series(
            "1.19",
            [
                row
                for k in range(16)
                for row in block(
                    3 * k, 3, 1, AcquisitionNumber=str(1 + k * k % 5 // 2), SliceThickness="3"
                )
            ],
        ),
        [16],
        None,
    ),
    "odd slices first, as MR is acquired": (
        series(
            "1.6",
            block(0, 6, 8, AcquisitionNumber="1", SliceThickness="2.5"),
            block(3, 6, 8, AcquisitionNumber="2", SliceThickness="2.5"),
        ),
        [16],
        None,
    ),
    "four grids": (
        series("1.7", block(0, 0.5, 81), block(0, 1, 41), block(0, 2, 21), block(0, 3, 14)),
        [81, 41, 21, 14],
        "InstanceNumber",
    ),
    "phases of a 4D scan": (
        series(
            "1.8",
            *(block(0, 2, 7, TemporalPositionIdentifier=str(phase)) for phase in range(1, 5)),
        ),
        [7, 7, 7, 7],
        "TemporalPositionIdentifier",
    ),
    "20 phases, slice by slice": (
        series(
            "1.9",
            *(
                timed(block(3 * k, 1, 1) * 20, "TriggerTime", [str(50 * p) for p in range(20)])
                for k in range(6)
            ),
        ),
        [6] * 20,
        "TriggerTime",
    ),
    "b-values of echoes": (
        series(
            "1.10",
            *(
                block(0, 4, 5, EchoTime=str(echo), DiffusionBValue=float(b))
                for echo in (30, 60)
                for b in (0, 500, 1000)
            ),
        ),
        [5] * 6,
        "EchoTime,DiffusionBValue",
    ),
    "a moment for each slice": (
        series(
            "1.11",
            timed(block(0, 3, 8), "AcquisitionTime", times(0, 8)),
            timed(block(0, 3, 8), "AcquisitionTime", times(60, 8)),
        ),
        [8, 8],
        "AcquisitionTime",
    ),
    "a slice doubled": (
        series("1.12", block(0, 3, 6), block(12, 3, 1), block(18, 3, 6)),
        [12, 1],
        "order of acquisition",
    ),
    "a localizer": (
        series("1.13", block(5, 1, 1, ImageType=LOCALIZER), block(0, 3, 9)),
        [9, 1],
        None,
    ),
    "two orientations": (
        series(
            "1.14",
            block(0, 3, 9),
            [
                {**row, "ImagePositionPatient": ["-3", row["ImagePositionPatient"][2], "9"]}
                for row in block(0, 3, 6, orientation=CORONAL)
            ],
        ),
        [9, 6],
        None,
    ),
    "two matrices": (
        series("1.15", block(0, 3, 9), block(-1, 2, 12, Rows=2, Columns=2)),
        [9, 12],
        None,
    ),
    "two patients": (
        series("1.16", block(0, 3, 9), block(0, 3, 8, patient="P2")),
        [9, 8],
        None,
    ),
    "nothing tells them apart": (
        series("1.17", *(block(3 * k, 1, 1) * 2 for k in range(7))),
        [7, 7],
        "order of acquisition",
    ),
}


def at_random(number: int) -> list[Row]:
    """A series of one to four blocks, with labels and moments that tell them apart or do not."""
    chance = random.Random(number)
    keywords = chance.sample(
        [*NUMBERS, "ImageType", "ConvolutionKernel", "AcquisitionTime", "ContentTime", None],
        chance.choice([1, 1, 2]),
    )
    step = chance.choice([1.0, 2.5, 3.0])
    rows: list[Row] = []
    for place in range(chance.randint(1, 4)):
        count = chance.randint(1, 9)
        start = chance.choice([0.0, 0.0, step / 2, step * chance.randint(1, 9)])
        told: Row = {}
        for keyword in keywords:
            value = str(place if chance.random() < 0.8 else 0)
            if keyword in ("ImageType", "ConvolutionKernel"):
                told[keyword] = ["ORIGINAL", f"K{value}"]
            elif keyword in ("AcquisitionTime", "ContentTime"):
                told[keyword] = f"10:00:0{value}"
            elif keyword:
                told[keyword] = value
        if chance.random() < 0.2:
            told["orientation"] = chance.choice([CORONAL, SAGITTAL])
        if chance.random() < 0.5:
            told["SliceThickness"] = str(step)
        rows += block(start, step * chance.choice([1, 1, 1, 2]), count, **told)
        if chance.random() < 0.2:
            del rows[chance.randrange(len(rows))]
    if chance.random() < 0.3:
        chance.shuffle(rows)
    if chance.random() < 0.2:
        for k, row in enumerate(rows):
            x = f"{-3 + chance.choice([0.001, 0.02, 0.3]) * k:.3f}"
            row["ImagePositionPatient"] = [x, *row["ImagePositionPatient"][1:]]
    return series(f"1.9.{number}", rows) if rows else []


RANDOM = [rows for number in range(400) if (rows := at_random(number))]
