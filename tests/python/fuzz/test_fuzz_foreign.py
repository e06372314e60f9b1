"""Damaged patients, registries, shards and names through converter and commands, for some seconds.

What :mod:`fuzz.campaign` does for as long as one likes and with whole builds, here without them.
"""

from __future__ import annotations

import shutil
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from fuzz.bounds import rounds
from fuzz.campaign import altered_json, case_files, random_name
from fuzz.mutations import alter_bytes
from rtstruct.catalog.worklist import SelectedROI
from rtstruct.cli import main
from rtstruct.conversion.masks.worker import convert_task
from rtstruct.conversion.task import (
    ConversionTask,
    DicomFile,
    Options,
    Provenance,
    StructureSetWork,
)
from rtstruct.home import Home
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OPTIONS = (
    Options(),
    Options(format="nrrd", reference=True),
    Options(format="mha"),
    Options(format="seg"),
    Options(layout="labelmap"),
    Options(layout="4d"),
    Options(coverage=True),
    Options(overlap="even-odd", interpolate=True),
)
NAMES = ("nifti", "nrrd and image", "mha", "seg", "label map", "4d", "coverage", "even-odd")


def test_damaged_patients_through_the_converter_in_every_format(tmp_path: Path) -> None:
    masks = 0

    def one(number: int) -> Counter[str]:
        nonlocal masks
        folder, staging = tmp_path / "in", tmp_path / "staging"
        folder.mkdir()
        for name, content in case_files(0, Random(number)).items():
            (folder / name).write_bytes(content)
        rois = (1, 2, 3)
        task = ConversionTask(
            collection_id="c",
            PatientID="P",
            image=Provenance("1.2.3.1.0"),
            image_files=tuple(
                DicomFile(f"1.2.3.1.1.{k}", str(folder / f"{k}.dcm")) for k in (1, 2, 3)
            ),
            structure_sets=(
                StructureSetWork(
                    file=DicomFile("1.2.4.1.1.1", str(folder / "rt.dcm")),
                    provenance=Provenance("1.2.4.1.0"),
                    instance_hash=None,
                    evidence="sop",
                    rois=tuple(SelectedROI(ROINumber=roi, ROIName=f"ROI {roi}") for roi in rois),
                    output_folder="c/P/CT",
                ),
            ),
            options=OPTIONS[number % len(OPTIONS)],
        )
        (outcome,) = convert_task(task, staging)
        said = {each.ROINumber for each in (*outcome.masks, *outcome.points, *outcome.failures)}
        assert outcome.error_code != "conversion_error", outcome.message
        codes = {failure.error_code for failure in outcome.failures}
        assert "conversion_error" not in codes, outcome.failures
        assert said == set(rois) or outcome.status == "failed"
        masks += len(outcome.masks)
        assert sorted(path.name for path in tmp_path.iterdir()) in (["in", "staging"], ["in"])
        shutil.rmtree(folder)
        shutil.rmtree(staging, ignore_errors=True)
        return Counter({f"converter, {NAMES[number % len(OPTIONS)]}": 1})

    count = rounds(one).total()
    # Else the damage is such that nothing is converted any longer.
    assert count < 20 or masks > count / 10


def test_damaged_registries_and_shards_are_refused_or_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    road = Road(Home(tmp_path / "home"))
    road.catalog(Sketch("a", ["Lung", "fail"]), Sketch("b", ["Heart"], image="image-2")).convert()
    monkeypatch.setenv("RTSTRUCT_HOME", str(road.home.root))
    assert main(["plan", "--where", "true", "--shards", "1", "--into", str(tmp_path / "s")]) == 0
    assert main(["plan", "--where", "true", "--shards", "1", "--into", str(tmp_path / "s"),
                 "--out", str(tmp_path / "out")]) == 0  # fmt: skip
    shard = (tmp_path / "s" / "shard-0000.jsonl").read_bytes()
    registry = road.home.registry.read_bytes()
    foreign = tmp_path / "foreign"

    def one(number: int) -> Counter[str]:
        random = Random(number)
        if number % 3:
            content = bytearray(registry)
            for _ in range(random.choice([0, 1, 3, 30])):
                alter_bytes(content, random)
            foreign.write_bytes(content)
            words = ["registry", "merge", str(foreign)]
        else:
            foreign.write_bytes(altered_json(shard, random))
            words = ["convert", "--dry-run", "--shard", str(foreign)]
        code = main(words)
        said = capfd.readouterr().err
        assert code in (0, 1, 2)
        assert "Traceback" not in said
        assert code == 0 or said.count("rtstruct: ") == 1, said
        return Counter({"registry merge" if number % 3 else "convert --shard": 1})

    rounds(one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign", "home", "s"]


def test_any_bytes_are_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path))
    file = tmp_path / "names"
    assert main(["names", "Lung"]) == 0  # compiles the vocabulary, once

    def one(number: int) -> Counter[str]:
        random = Random(number)
        file.write_bytes(b"\n".join(random_name(random) for _ in range(50)))
        assert main(["names", "--from", str(file), random.choice(["--json", "--csv"])]) in (0, 2)
        assert "Traceback" not in capfd.readouterr().err
        return Counter({"names": 50})

    rounds(one)
