"""What the vocabulary makes of names that we wrote by hand, and what it must never do."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading

    Read = Callable[[Sequence[str]], list[Reading]]

HERE = Path(__file__).parent
SEEDS = HERE.parents[2] / "seeds" / "vocabulary"
# Small letters before capitals part words; cGy and CGy are units; the upper case of ß is SS.
CASE_MATTERS = re.compile("[a-zà-ü][A-ZÀ-Ü]|c?Gy|ß")
FACETS = ("roi_class", "structure", "laterality")


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def facets_of(readings: list[Reading]) -> dict[str, tuple[str, ...]]:
    return {r.ROIName: tuple(r.facets[facet] or "" for facet in FACETS) for r in readings}


def test_names_of_seven_languages_are_read_as_a_physicist_reads_them(read: Read) -> None:
    wanted = {
        row["ROIName"]: tuple(row[facet] for facet in FACETS)
        for row in rows_of(HERE / "handwritten_names.csv")
    }
    given = facets_of(read(list(wanted)))
    assert given == wanted


def test_an_article_before_a_vowel_states_no_side(read: Read) -> None:
    sides = {
        "Lésion de l\u2019œil": "",
        "nerf de l'oeil": "",
        "L'axilla": "",
        "lobo dell'orecchio": "",
        "l'oeil droit": "R",
        "L'Œil G": "L",
        "L Eye": "L",
    }
    given = {r.ROIName: r.facets["laterality"] or "" for r in read(list(sides))}
    assert given == sides


def test_every_name_of_tg263_is_itself_in_either_word_order(read: Read) -> None:
    names = rows_of(SEEDS / "tg263_names.csv")
    spellings = [
        (row[key], row["tg263_name"]) for row in names for key in ("tg263_name", "reverse_name")
    ]
    spellings = [(spelling, name) for spelling, name in spellings if spelling]
    readings = read([spelling for spelling, _ in spellings])
    wrong = {
        reading.ROIName: reading.facets["tg263_name"]
        for reading, (_, name) in zip(readings, spellings, strict=True)
        if reading.facets["tg263_name"] != name
    }
    # VB_L is a group of vertebrae and the left vertebra; VBs is the plural of what has no sides.
    assert set(wrong) <= {"VBs"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("{} {}", ("left", "right")),
        ("{} {}", ("Lt", "Rt")),
        ("{}_{}", ("L", "R")),
        ("{}_{}", ("links", "rechts")),
        ("{} {}", ("izq", "dcha")),
        ("{} {}", ("gauche", "droite")),
        ("{} {}", ("sx", "dx")),
        ("{}{}", ("_L_PRV05", "_R_PRV05")),
    ],
)
def test_the_other_side_word_gives_the_other_side_and_nothing_else(
    read: Read, left: str, right: tuple[str, str]
) -> None:
    organs = [
        row["structure"]
        for row in rows_of(SEEDS / "roi_structures.csv")
        if row["is_paired"] == "true"
    ]
    organs = [organ for organ in organs if not organ.startswith(("Lung_", "Nasalconcha_", "VB"))]
    lefts = read([left.format(organ, right[0]) for organ in organs])
    rights = read([left.format(organ, right[1]) for organ in organs])
    swapped = {"L": "R", "R": "L", None: None, "B": "B"}
    for one, other in zip(lefts, rights, strict=True):
        assert swapped[one.facets["laterality"]] == other.facets["laterality"], one.ROIName
        assert one.facets["structure"] == other.facets["structure"], one.ROIName
    told = sum(reading.facets["laterality"] == "L" for reading in lefts)
    assert told > 0.9 * len(organs)


@pytest.mark.parametrize(
    "spell",
    [
        lambda name: f" {name}  ",
        lambda name: name.replace(" ", "_"),
        lambda name: name.replace(" ", "\u00a0"),
        lambda name: name.replace("_", " "),
        lambda name: re.sub(r"(?<=[^\W\d])[ _](?=[^\W\d])", ".", name),
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: name if CASE_MATTERS.search(name) else name.upper(),
        lambda name: name if CASE_MATTERS.search(name) else name.lower(),
    ],
    ids=["padded", "underscores", "no-break", "blanks", "dots", "decomposed", "upper", "lower"],
)
def test_signs_and_case_and_unicode_forms_do_not_change_what_a_name_means(
    read: Read, spell: Callable[[str], str]
) -> None:
    # Only the length tells that this one was cut off.
    names = [row["ROIName"] for row in rows_of(HERE / "handwritten_names.csv")]
    names = [name for name in names if name != "Parotid Gland Le"]
    spelt = [spell(name) for name in names]
    wanted = facets_of(read(names))
    given = facets_of(read(spelt))
    wrong = {s: given[s] for name, s in zip(names, spelt, strict=True) if given[s] != wanted[name]}
    assert not wrong


def test_a_name_without_a_side_word_gets_no_side(read: Read) -> None:
    organs = [row["structure"] for row in rows_of(SEEDS / "roi_structures.csv")]
    unsided = [organ for organ in organs if organ[-2:] not in ("_L", "_R") and "Lung_" not in organ]
    sides = {r.ROIName: r.facets["laterality"] for r in read(unsided) if r.facets["laterality"]}
    assert not {name: side for name, side in sides.items() if side in ("L", "R")}


@pytest.mark.parametrize(
    ("name", "facets"),
    [
        ("GTV-1", {"target_type": "GTV", "target_index": 1}),
        ("CTVn60L", {"target_type": "CTV", "target_part": "n", "dose_gy": 60, "laterality": "L"}),
        (
            "PTVp1_6000",
            {"target_type": "PTV", "target_part": "p", "target_index": 1, "dose_gy": 60},
        ),
        ("PTV 50.4 Gy", {"target_type": "PTV", "dose_gy": 50.4}),
        ("Tumor_c40", {"roi_class": "TARGET", "dose_gy": None}),
        ("cord+5mm", {"tg263_name": "SpinalCord_PRV05", "margin_mm": 5}),
        ("Brainstem PRV 0.3 cm", {"tg263_name": "Brainstem_PRV03", "margin_mm": 3}),
        ("Lungs-PTV", {"tg263_name": "Lungs-PTV", "operation": "minus", "operand": "PTV"}),
        ("Poumon G", {"language": "fr", "tg263_name": "Lung_L", "modifier_code": "7771000"}),
        ("Ring 3cm", {"property_type_code": "130062", "property_type_scheme": "DCM"}),
        ("Lung_R", {"property_type_code": "39607008", "in_dicom_cid": True}),
        ("Lung_L post RT", {"tg263_name": "Lung_L"}),
        ("Brain-Brainstem", {"structure": "Brain", "operation": "minus", "operand": "Brainstem"}),
        ("left right lung", {"laterality": None, "conflict": "the name states both sides"}),
    ],
)
def test_other_facets(read: Read, name: str, facets: dict[str, object]) -> None:
    (reading,) = read([name])
    given = {facet: reading.facets[facet] for facet in facets}
    assert {k: pytest.approx(v) if isinstance(v, float) else v for k, v in facets.items()} == given


@pytest.mark.parametrize(
    ("name", "roi_class", "site", "side"),
    [
        ("Pre-dose, LEFT LUNG - 1", "TARGET", "Lung", "L"),
        ("Pre-dose, LEFT AXILLARY LYMPH NODE - 2", "TARGET", "LN_Ax", "L"),
        ("Follow-up consultation, RIGHT RIB - 1", "TARGET", "Rib", "R"),
        ("Post-Chemotherapy #1, RIGHT LUNG - 2 - SEED POINT", "HELPER", "Lung", "R"),
        ("CTV prostate", "TARGET", "Prostate", None),
        ("GTV", "TARGET", None, None),
    ],
)
def test_where_a_target_lies_is_its_site_and_never_what_it_is(
    read: Read, name: str, roi_class: str, site: str | None, side: str | None
) -> None:
    (reading,) = read([name])
    facets = reading.facets
    assert (facets["roi_class"], facets["structure"]) == (roi_class, None)
    assert (facets["site"], facets["site_laterality"]) == (site, side)
    assert facets["tg263_name"] is None
    assert (facets["site_code"] is None) == (site is None)


def test_annotations_of_lesions_are_told_from_their_seed_points(read: Read) -> None:
    lesion, seed, nothing = read(
        ["Pre-dose, LIVER - 1", "Pre-dose, LIVER - 1 - SEED POINT", "Pre-dose, No Findings"]
    )
    assert (lesion.facets["roi_class"], lesion.facets["site"]) == ("TARGET", "Liver")
    assert (seed.facets["roi_class"], seed.facets["site"]) == ("HELPER", "Liver")
    assert lesion.facets["structure"] is seed.facets["structure"] is None
    assert (nothing.facets["roi_class"], nothing.facets["structure"]) == ("HELPER", None)
