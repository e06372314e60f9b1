"""Numbers of a header: the same in Python and in SQL, and none that a float cannot hold."""

from __future__ import annotations

import re
from pathlib import Path
from struct import pack

import duckdb
import pytest

from rtstruct.dicom.numbers import decimal, decimals, double, integer, unsigned

MACRO = Path(__file__).resolve().parents[3] / "macros" / "dialect" / "safe_numbers.sql"
# Text, as an integer string, as a decimal string: PS3.5 table 6.2-1, and what writers make of it.
CASES: list[tuple[str, int | None, float | None]] = [
    ("0", 0, 0.0),
    ("-0", 0, -0.0),
    (" +12 ", 12, 12.0),
    ("007", 7, 7.0),
    ("1.", None, 1.0),
    (".5", None, 0.5),
    ("-1.25E+2", None, -125.0),
    ("1e-05", None, 1e-5),
    ("1e+0005", None, 1e5),
    ("6.123233995736766e-17", None, 6.123233995736766e-17),
    ("1e-400", None, 0.0),
    ("1e29", None, 1e29),
    ("1e39", None, None),
    ("1e308", None, None),
    ("1e400", None, None),
    ("9" * 18, 10**18 - 1, float(10**18 - 1)),
    ("9" * 21, None, 1e21),
    ("9" * 400, None, None),
    ("0." + "1" * 400, None, 1 / 9),
    ("nan", None, None),
    ("-inf", None, None),
    ("Infinity", None, None),
    ("0x10", None, None),
    ("1_0", None, None),
    ("1,5", None, None),
    ("1 5", None, None),
    ("", None, None),
    ("-", None, None),
    (".", None, None),
    ("1e", None, None),
    ("\u0661", None, None),
    ("2 mm", None, None),
]


@pytest.mark.parametrize(("text", "whole", "real"), CASES)
def test_a_number_is_what_the_standard_says(
    text: str, whole: int | None, real: float | None
) -> None:
    assert integer(text.encode()) == whole
    assert decimal(text.encode()) == real
    assert decimal(b"\0 " + text.encode() + b"\0") == real


def test_sql_reads_the_same_numbers() -> None:
    integers, reals = MACRO.read_text().split("macro safe_float")
    of_integers, of_reals = (
        "".join(re.findall(r"'([^']+)'", part)).removesuffix("int64") for part in (integers, reals)
    )
    with duckdb.connect() as connection:
        for text, whole, real in CASES:
            found = connection.execute(
                "select regexp_matches($1, $2), regexp_matches($1, $3), try_cast($1 as double)",
                [text, of_integers, of_reals],
            ).fetchall()
            assert found[0][:2] == (whole is not None, real is not None), text
            assert real is None or found[0][2] == real


def test_several_numbers_are_all_or_none() -> None:
    assert decimals(b"1\\-2.5\\ 3 ") == (1.0, -2.5, 3.0)
    assert decimals(b"1\\nan\\3") is None
    assert decimals(b"") is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_binary_numbers_have_their_own_length(order: str) -> None:
    assert unsigned(pack(order + "H", 65_535), order) == 65_535
    assert unsigned(pack(order + "I", 70_000), order) == 70_000
    for size in (0, 1, 3, 8, 9999):
        assert unsigned(b"\xff" * size, order) is None
    assert double(pack(order + "d", -1000.5), order) == -1000.5
    for damaged in (b"", b"\0" * 7, pack(order + "d", float("nan")), pack(order + "d", 1e999)):
        assert double(damaged, order) is None
