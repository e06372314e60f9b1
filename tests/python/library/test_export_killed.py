"""A training set of two hundred patients whose export is killed: the next one finishes it."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING

from rtstruct.home import Home
from support.killed import start
from support.phantoms import phantoms
from support.workspace import write_catalog

if TYPE_CHECKING:
    from pathlib import Path

PATIENTS = 200
KILLS = 4


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() or path.is_symlink()
    }


def test_two_hundred_patients_and_four_kills(tmp_path: Path) -> None:
    sketches = phantoms(tmp_path / "dicom", PATIENTS, voxels=16, slices=3)
    labels = tmp_path / "labels.csv"
    labels.write_text("label,name,ROIName\n1,Lung_L,Lung [L]\n")

    def export(name: str) -> tuple[Home, tuple[str, ...]]:
        home = Home(tmp_path / name)
        write_catalog(home, sketches)
        out = ("--out", str(home.root / "set"), "--labels", str(labels), "--test-share", "0.2")
        return home, ("export", "--where", "true", "--layout", "nnunet", *out, "--workers", "2")

    home, words = export("undisturbed")
    with start(home, words=words) as process:
        output, _ = process.communicate()
    expected, steps = files(home.root / "set"), int(output.split()[-1])
    images = [name for name in expected if name.startswith(("imagesTr", "imagesTs"))]
    assert len(images) == PATIENTS
    assert {"imagesTr", "imagesTs", "labelsTr", "labelsTs"} <= {
        name.partition("/")[0] for name in expected
    }

    home, words = export("killed")
    seed = random.randrange(2**32)
    print(f"seed {seed}, {steps} steps")
    generator = random.Random(seed)
    # Together they take three quarters of the steps that are needed: none comes to the end.
    limit = 3 * steps // (2 * KILLS)
    for _ in range(KILLS):
        with start(home, generator.randrange(1, limit), 0.001, words) as process:
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        # What has its name is whole, whenever the process ends.
        left = files(home.root / "set")
        assert {name: content for name, content in left.items() if ".new/" not in name} == {
            name: content for name, content in expected.items() if name in left
        }
    with start(home, words=words) as process:
        process.communicate()
    assert process.returncode == 0
    assert files(home.root / "set") == expected
