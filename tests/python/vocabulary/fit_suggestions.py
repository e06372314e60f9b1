"""Fits the two constants of `rtstruct.catalog.suggestions` on the vocabulary's own words.

Each word that names a structure is taken away and asked for; words that name none are asked for
beside them. Prints the temperature and the weight of "something else" that make the answers most
likely, and how often suggestions of each probability are right.
"""

from __future__ import annotations

import csv
import itertools
import math
import random
from pathlib import Path

from rtstruct.catalog.suggestions import Suggestions

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "vocabulary"
SAMPLE = 1200


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def main() -> None:
    structures = {row["concepts"]: row["structure"] for row in rows("roi_phrases")}
    pairs = [
        (row["word"], structures.get(row["concepts"]) or "")
        for row in rows("roi_words")
        if len(row["word"]) >= 4 and row["word"].isascii()
    ]
    known = Suggestions((word, structure) for word, structure in pairs if structure)
    sample = random.Random(263).sample(pairs, SAMPLE)
    likeness = [(known.likeness(word, without=word), wanted) for word, wanted in sample]

    def probability(found: dict[str, float], wanted: str, heat: float, nothing: float) -> float:
        total = sum(math.exp(value / heat) for value in found.values()) + math.exp(nothing / heat)
        return math.exp((found.get(wanted, 0.0) if wanted else nothing) / heat) / total

    def loss(heat: float, nothing: float) -> float:
        return -sum(math.log(probability(f, w, heat, nothing) + 1e-9) for f, w in likeness)

    heats = [step / 100 for step in range(3, 16)]
    nothings = [step / 100 for step in range(20, 60, 2)]
    heat, nothing = min(itertools.product(heats, nothings), key=lambda pair: loss(*pair))
    print(f"TEMPERATURE = {heat}, NOTHING = {nothing}")
    for least in (0.9, 0.7, 0.5, 0.3):
        best = [
            (max(found, key=lambda key: found[key]), found, wanted)
            for found, wanted in likeness
            if found
        ]
        told = [w == b for b, f, w in best if probability(f, b, heat, nothing) >= least]
        print(f"p >= {least}: {sum(told)} of {len(told)} right")


if __name__ == "__main__":
    main()
