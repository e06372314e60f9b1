"""What an answer promises: every word accounted for, or it says that it is a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading

    Read = Callable[[Sequence[str]], list[Reading]]


def facets(read: Read, name: str, *wanted: str) -> tuple[object, ...]:
    (reading,) = read([name])
    return tuple(reading.facets[facet] for facet in wanted)


@pytest.mark.parametrize(
    ("name", "structure", "side", "operation", "operand"),
    [
        ("Lungs-PTV", "Lung", "B", "minus", "PTV"),
        ("LUNGS_NOT_GTV", "Lung", "B", "minus", "GTV"),
        ("Liver non GTV", "Liver", None, "minus", "GTV"),
        ("CAUDA_PTV_OVERLAP", "CaudaEquina", None, "and", "PTV"),
        ("OL_PTV_Rec", "Rectum", None, "and", "PTV"),
        ("oes_inPTV", "Esophagus", None, "and", "PTV"),
        ("Xyzzyplex_R_MINUS_PTV_3", None, None, "minus", "PTV"),
        ("xyzzy-PTV", None, None, "minus", "PTV"),
    ],
)
def test_what_is_left_of_an_organ_or_shared_with_a_target_is_no_target(
    read: Read, name: str, structure: str | None, side: str | None, operation: str, operand: str
) -> None:
    assert facets(
        read, name, "roi_class", "structure", "laterality", "operation", "operand"
    ) == ("DERIVED", structure, side, operation, operand)  # fmt: skip


@pytest.mark.parametrize("name", ["zzBodynoPTV", "OAR-PTV", "z Organ-PTV54"])
def test_what_is_left_of_no_organ_in_particular_is_a_helper(read: Read, name: str) -> None:
    assert facets(read, name, "roi_class", "structure") == ("HELPER", None)


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        ("Parotid_xyzzy_L", "xyzzy"),
        ("heart qq", "qq"),
        ("Lung PTV_xyzzy", "xyzzy"),
        ("PTV-xyzzy", "xyzzy"),
        ("Xyzzy opt", "xyzzy"),
        ("Muscle xyzzy", "xyzzy"),
        ("xyzzy-PTV", "xyzzy"),
        ("Lung n L", "n"),
    ],
)
def test_a_word_that_was_not_understood_is_told_and_makes_the_answer_a_guess(
    read: Read, name: str, unread: str
) -> None:
    told, confidence = facets(read, name, "unread", "confidence")
    assert told == unread
    assert confidence in ("C", "D")


@pytest.mark.parametrize("name", ["PTV_xyzzy", "GTV 2 xyzzy", "xyzzy bolus"])
def test_a_word_beside_a_target_or_helper_alone_only_says_which_one(read: Read, name: str) -> None:
    assert facets(read, name, "unread", "confidence") == ("xyzzy", "B")


@pytest.mark.parametrize("name", ["Lung", "Parotid PRV", "Hippocampus avoid", "LN_Ax_L1"])
def test_a_paired_structure_without_a_side_is_a_guess(read: Read, name: str) -> None:
    assert facets(read, name, "laterality", "confidence") == (None, "C")


@pytest.mark.parametrize(
    "name",
    [
        "Thyroid gland",
        "Mandible",
        "Lens",
        "Lungs",
        "Lenses",
        "Corneas",
        "both kidneys",
        "Total lung",
    ],
)
def test_a_plural_or_what_tg263_has_without_a_side_is_none(read: Read, name: str) -> None:
    assert facets(read, name, "confidence") == ("A",)


@pytest.mark.parametrize("name", ["Cervix+Uterus", "Parotid bed L", "contour 7"])
def test_what_may_be_two_or_a_place_is_a_guess(read: Read, name: str) -> None:
    (confidence,) = facets(read, name, "confidence")
    assert confidence in ("C", "D")


@pytest.mark.parametrize("name", ["Kidney L d", "Heart_L", "Esophagus R", "Liver re"])
def test_a_side_that_is_stated_and_not_told_is_a_conflict_and_no_promise(
    read: Read, name: str
) -> None:
    conflict, confidence = facets(read, name, "conflict", "confidence")
    assert conflict
    assert confidence in ("C", "D")


@pytest.mark.parametrize("name", ["femur basi", "Kidney supi", "Lung infd"])
def test_the_letter_of_a_language_is_no_side_where_it_ends_no_organ(read: Read, name: str) -> None:
    assert facets(read, name, "laterality") == (None,)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("LungeB", "B"),
        ("Coclea re", "R"),
        ("Submandi li", "L"),
        ("parotr", "R"),
        ("submandl", "L"),
        ("kidney lfet", "L"),
        ("kidney rihgt", "R"),
        ("parotidedte", "R"),
        ("parotidegche", "L"),
    ],
)
def test_sides_glued_cut_off_and_mistyped_are_told_as_no_certainty(
    read: Read, name: str, side: str
) -> None:
    laterality, confidence = facets(read, name, "laterality", "confidence")
    assert laterality == side
    assert confidence != "A"


@pytest.mark.parametrize("name", ["LN_99_L", "LN_Xyzzy_R", "Musc_Xyzzy_L", "VB_Xyzzy", "CN_Xyzzy"])
def test_a_family_of_structures_is_no_answer_where_its_member_was_not_understood(
    read: Read, name: str
) -> None:
    roi_class, structure, candidates = facets(read, name, "roi_class", "structure", "candidates")
    assert (roi_class, structure) == ("ANATOMY", None)
    assert candidates


@pytest.mark.parametrize(
    "name",
    [
        "PTV prostate",
        "Breast_PTV",
        "PTV+3mm",
        "lung marker",
        "PB",
        "T5",
        "heart upper",
        "zz_Heart",
        "rPTV",
    ],
)
def test_what_other_clinics_may_mean_otherwise_is_no_promise(read: Read, name: str) -> None:
    assert facets(read, name, "confidence") != ("A",)


@pytest.mark.parametrize(
    "name",
    ["Lung_L", "Left Kidney", "Herz", "cord+5mm", "Lungs-PTV", "PTV_60Gy", "Rectum2", "心臓"],
)
def test_a_name_of_which_every_word_is_understood_is_a_promise(read: Read, name: str) -> None:
    assert facets(read, name, "confidence", "unread", "conflict") == ("A", None, None)


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("Rfemur", "Femur"),
        ("LN_Ax1_L", "LN_Ax_L1"),
        ("LN_4R", "LN_Neck_IV"),
        ("ChiasmeOpt", "OpticChiasm"),
        ("Medulla", "MedullaOblongata"),
        ("Neck_II-IV_R", "LN_Neck"),
        ("LV", "Ventricle"),
        ("Int delgado", "Bowel_Small"),
        ("targets + 1cm", None),
        ("NS_PTV_ex", None),
        ("HS", None),
    ],
)
def test_what_may_be_two_things_is_a_guess_and_on_the_review_list(
    read: Read, name: str, structure: str | None
) -> None:
    assert facets(read, name, "structure", "confidence") == (structure, "C")


@pytest.mark.parametrize(
    ("name", "structure", "side"),
    [
        ("Loeil droit", "Eye", "R"),
        ("loreille g", "Ear_External", "L"),
        ("Lorecchio dx", "Ear_External", "R"),
        ("Loeil", "Eye", None),
    ],
)
def test_an_article_without_its_apostrophe_is_no_side(
    read: Read, name: str, structure: str, side: str | None
) -> None:
    assert facets(read, name, "structure", "laterality") == (structure, side)


@pytest.mark.parametrize(
    ("name", "structure", "side"),
    [
        ("Lu re", "Lung", "R"),
        ("CocL", "Cochlea", "L"),
        ("NOG", "OpticNrv", "L"),
        ("N gauche IIb", "LN_Neck_IIB", "L"),
        ("FHL", "Femur_Head", "L"),
        ("NVBs", "BundleNV", "B"),
        ("Obt_Int_L", "Musc_Obturator_Int", "L"),
        ("Bubreg D", "Kidney", "R"),
        ("S_Cord", "SpinalCord", None),
        ("Спинной мозг", "SpinalCord", None),
        ("Мозг", "Brain", None),
    ],
)
def test_abbreviations_that_a_neighbor_makes_plain_are_read(
    read: Read, name: str, structure: str, side: str | None
) -> None:
    assert facets(read, name, "structure", "laterality") == (structure, side)


@pytest.mark.parametrize(
    ("name", "roi_class", "structure"),
    [
        ("R lensOPT", "DERIVED", "Lens"),
        ("Lenses PRV", "PRV", "Lens"),
        ("HT_AUTO", "ANATOMY", "Heart"),
    ],
)
def test_what_may_be_a_mark_of_a_clinic_or_anything_is_a_guess(
    read: Read, name: str, roi_class: str, structure: str
) -> None:
    wanted = (roi_class, structure, "C")
    assert facets(read, name, "roi_class", "structure", "confidence") == wanted


@pytest.mark.parametrize("name", ["zCal_Low", "zzXyzzy 3", "z_xyzzy"])
def test_what_is_sorted_to_the_end_and_not_understood_helps_planning(read: Read, name: str) -> None:
    assert facets(read, name, "roi_class", "confidence") == ("HELPER", "C")


@pytest.mark.parametrize(
    "name", ["Inguinal vessels", "Axillary nerve", "Femoral nerve L", "Mediastinal vessels"]
)
def test_a_nerve_or_vessel_is_not_the_node_or_bone_of_its_adjective(read: Read, name: str) -> None:
    structure, confidence = facets(read, name, "structure", "confidence")
    assert structure not in ("LN_Inguinofem", "LN_Ax", "Femur_Head", "LN_Mediastinals")
    assert confidence != "A" or structure is not None


def test_a_visit_alone_is_no_lesion(read: Read) -> None:
    assert facets(read, "Baseline", "roi_class", "structure") == ("UNKNOWN", None)


@pytest.mark.parametrize("name", ["RectoenPTV", "recto en PTV", "rectum in ptv"])
def test_what_lies_inside_a_target_is_no_target(read: Read, name: str) -> None:
    assert facets(read, name, "roi_class", "structure") == ("DERIVED", "Rectum")


@pytest.mark.parametrize("name", ["zPTV_Wall", "PTV wall 56-70", "Wall_PTVp", "2cm od PTV1"])
def test_what_is_drawn_around_a_target_helps_planning(read: Read, name: str) -> None:
    assert facets(read, name, "roi_class", "laterality") == ("HELPER", None)


@pytest.mark.parametrize("name", ["CTV chest wall L", "PTV bladder wall"])
def test_the_wall_of_an_organ_beside_a_target_is_that_of_the_organ(read: Read, name: str) -> None:
    assert facets(read, name, "roi_class") == ("TARGET",)


@pytest.mark.parametrize(
    ("name", "structure", "side"),
    [
        ("Njure v", "Kidney", "L"),
        ("Plexus brach G", "BrachialPlex", "L"),
        ("Pulmo d", "Lung", "R"),
        ("Cap femur esquerre", "Femur_Head", "L"),
        ("Pared izq", "Chestwall", "L"),
        ("Paroi D", "Chestwall", "R"),
        ("NOsx", "OpticNrv", "L"),
        ("CFI", "Femur_Head", "L"),
        ("NII_L", "LN_Neck_II", "L"),
        ("HC_L", "Hippocampus", "L"),
    ],
)
def test_a_letter_or_word_of_a_language_is_its_side(
    read: Read, name: str, structure: str, side: str
) -> None:
    assert facets(read, name, "structure", "laterality") == (structure, side)


@pytest.mark.parametrize("name", ["OD_PTV", "PTV od 2cm", "2cm od PTV1"])
def test_od_is_the_right_eye_beside_an_eye_only(read: Read, name: str) -> None:
    assert facets(read, name, "laterality", "site_laterality") == (None, None)


@pytest.mark.parametrize(
    ("name", "structure"),
    [("L.A.D.", "A_LAD"), ("S.M.A", "A_Mesenteric_S"), ("Lung L R", "Lung")],
)
def test_letters_with_stops_are_an_abbreviation(read: Read, name: str, structure: str) -> None:
    assert facets(read, name, "structure") == (structure,)
