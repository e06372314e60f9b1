"""Names of ROIs as names of files: never a path, never empty, the same on every system."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtstruct.quoting import for_file_name
from rtstruct.write.file_names import roi_file_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lung_L", "Lung_L"),
        ("GTV-1", "GTV-1"),
        ("Spinal cord", "Spinal_cord"),
        ("Rückenmark", "Rückenmark"),
        ("左肺", "左肺"),
        ("../evil", "evil"),
        ("/etc/passwd", "etc_passwd"),
        ("..\\..\\evil", "evil"),
        ("C:\\evil", "C__evil"),
        ("a/b", "a_b"),
        ("~root", "~root"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("   ", "unnamed"),
        ("CON", "CON_"),
        ("nul.txt", "nul.txt_"),
        ("LPT1", "LPT1_"),
        ("control", "control"),
        ('a<b>:"|?*c', "a_b______c"),
        ("line\nbreak\x00nul\ttab", "line_break_nul_tab"),
        ("abc\u202egnp.exe", "abc_gnp.exe"),
        ("-rf", "rf"),
        ("$(id)`id`; rm -rf & 'x'", "(id)_id___rm_-rf____x"),
        ("Lung [L]", "Lung_[L]"),
        ("Lung.", "Lung"),
        ("u\u0308ber", "über"),
        ("PTV 70Gy/35#", "PTV_70Gy_35#"),
        ("x" * 300, "x" * 120),
        ("肺" * 100, "肺" * 40),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert for_file_name(name) == expected


@given(st.text())
def test_no_name_leaves_its_folder_or_breaks_a_file_system(name: str) -> None:
    safe = for_file_name(name)
    file_name = roi_file_name(3, name, ".nii.gz")
    assert safe
    assert len(file_name.encode()) < 255
    for path in (Path(safe), PureWindowsPath(safe)):
        assert path.parts == (safe,)
        assert not path.is_absolute()
    assert not PureWindowsPath(safe).is_reserved()
    assert safe.isprintable()
    assert safe not in (".", "..")


def test_the_number_tells_namesakes_apart() -> None:
    assert roi_file_name(3, "Lung_L", ".nii.gz") == "003_Lung_L.nii.gz"
    assert roi_file_name(1234, "../x", ".nrrd") == "1234_x.nrrd"
    names = {roi_file_name(number, name, "") for number in (1, 2) for name in ("Lung", "lung")}
    assert len({name.lower() for name in names}) == 2
