"""A user's script under `mypy --strict`: the library states its types."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import numpy as np
import pandas as pd

import rtstruct

workspace = rtstruct.open("mine")
workspace.index(["dicom"], show=True)
workspace.build()
table: pd.DataFrame = workspace.sql("select 1").df()
volumes: dict[str, float] = {}
for mask in workspace.masks("structure = 'Lung'"):
    volumes[mask.ROIName] = mask.volume_mL
    mean = float(np.mean(mask.image.array[mask.array]))
result = workspace.convert("true", format="nrrd")
if not result.is_complete:
    print(result.counts.masks, volumes, mean)
pairs: pd.DataFrame = workspace.compare()
print(workspace.export("true", "set", "nnunet", missing="empty").labels)
try:
    roi = rtstruct.read_structure_set("a.dcm").roi("Heart")
    one: rtstruct.Mask = roi.mask(rtstruct.read_image_series("images"))
except rtstruct.RtstructError as error:
    print(error.code, error.hint)
"""


def test_a_script_passes_and_its_mistakes_are_found(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(SCRIPT)
    wrong = SCRIPT.replace('"nnunet"', '"nnunett"').replace("float] = {}", "str] = {}")
    (tmp_path / "wrong.py").write_text(wrong)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "right.py", "wrong.py"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    said = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(said) == 2, done.stdout
    assert all(line.startswith("wrong.py:") for line in said), said
