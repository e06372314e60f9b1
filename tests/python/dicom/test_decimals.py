"""Numbers as text: whatever their form, what Python itself makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.dicom.decimals import parse_decimals

PLAIN = st.from_regex(rb"-?([0-9]{1,9}(\.[0-9]{0,17})?|\.[0-9]{1,17})", fullmatch=True)
ANY = st.one_of(
    PLAIN,
    st.from_regex(rb" *[+-]?[0-9]{1,5}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})? *", fullmatch=True),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=50) | st.lists(ANY, min_size=1, max_size=50))
def test_numbers_are_those_of_python_to_the_last_bit(numbers: list[bytes]) -> None:
    found = parse_decimals(b"\\".join(numbers))
    assert found is not None
    expected = np.array([float(number) for number in numbers])
    assert found.view(np.int64).tolist() == expected.view(np.int64).tolist()


@pytest.mark.parametrize("digits", range(1, 17))
def test_every_number_of_digits_is_exact(digits: int) -> None:
    rng = np.random.default_rng(digits)
    written = [
        f"{sign}{number:0{digits}d}"[: len(sign) + point] + "." + f"{number:0{digits}d}"[point:]
        for number in rng.integers(0, 10**digits, 200).tolist()
        for sign in ("", "-")
        for point in range(min(digits, 8) + 1)
    ]
    found = parse_decimals("\\".join(written).encode())
    assert found is not None
    assert found.tolist() == [float(text) for text in written]


@pytest.mark.parametrize(
    "text", [b"", b"-", b".", b"-.", b"1.2.3", b"1-2", b"--1", b"1:2", b"1/2", b"\xff\xff", b"1,5"]
)
@pytest.mark.parametrize("around", [b"%s", b"1\\%s", b"%s\\2.5", b"1\\%s\\-2.5"])
def test_one_number_that_is_none_is_told(text: bytes, around: bytes) -> None:
    assert parse_decimals(around % text) is None


@pytest.mark.parametrize("odd", [b" 1.5 ", b"1e2", b"-.5", b""])
def test_texts_longer_than_what_is_read_at_once(odd: bytes) -> None:
    texts = [b"%.5f" % (n / 7 - 9000) for n in range(120_000)]
    for place in (0, 30_000, 60_000, len(texts) - 1):
        some = [*texts[:place], odd, *texts[place + 1 :]]
        found = parse_decimals(b"\\".join(some))
        if odd:
            assert found is not None
            assert found.tolist() == [float(text) for text in some]
        else:
            assert found is None
