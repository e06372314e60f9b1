"""Hostile names through every command into every medium: each says them in its own harmless way."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from support.hostile_names import HOSTILE, SURROGATES

if TYPE_CHECKING:
    from hostile.conftest import Ground

ALL = ("--where", "true")
# What a terminal or an editor obeys: C0 but for ends of lines, DEL, C1, what turns the direction.
OBEYED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
IN_CSV = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FORMULA = ("=", "+", "-", "@")

CONVERSIONS = {
    "nifti": ("--format", "nifti", "--reference"),
    "nrrd": ("--format", "nrrd"),
    "mha": ("--format", "mha"),
    "seg": ("--format", "seg"),
    "labelmap": ("--labelmap",),
    "4d": ("--4d",),
    "coverage": ("--coverage",),
}
COMMANDS = {
    "index": ("index", "."),
    "dry run": ("convert", *ALL, "--dry-run"),
    "status": ("status",),
    "status json": ("status", "--json"),
    "sql": ("sql", "select * from rtstruct_rois"),
    "sql json": ("sql", "select * from rtstruct_rois", "--json"),
    "sql csv": ("sql", "select * from rtstruct_rois", "--csv"),
    "findings": ("sql", "from catalog_findings"),
    "failures": ("sql", "from registry.roi_failures"),
    "names": ("names", *(name for name in HOSTILE if "\0" not in name and len(name) < 9999), "--"),
    "names json": ("names", "--json", "--", *SURROGATES[1:], "\x1b[31m"),
    "names csv": ("names", "--csv", "--", "\x1b[31m\x9b\u202e", "=1"),
    "unknown column": ("sql", "select \x1b[31m\u202e from rtstruct_rois"),
    "unknown command": ("\x1b[31m",),
    "unknown option": ("status", "--\x1b[31m"),
    "unknown file": ("names", "--from", "\x1b[31m\u202e"),
    "no shard": ("convert", "--shard", "\x1b[31m"),
    "no registry": ("registry", "merge", "\x1b[31m"),
    "compare": ("compare", *ALL),
    "compare csv": ("compare", *ALL, "--csv"),
    "compare json": ("compare", *ALL, "--json"),
    "changes": ("names", "--changes"),
    "retry": ("retry",),
    "doctor": ("doctor",),
}


@pytest.fixture(scope="session")
def converted(ground: Ground) -> Ground:
    for name, options in CONVERSIONS.items():
        done = ground.run("convert", *ALL, *options, "--out", str(ground.work / name))
        assert done.returncode == 0, done.stderr.decode()
    return ground


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_hands_a_control_to_the_terminal(converted: Ground, name: str) -> None:
    done = converted.run(*COMMANDS[name])
    assert done.returncode in (0, 1, 2)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    assert not OBEYED.findall(err)
    assert not (IN_CSV if "csv" in name else OBEYED).findall(out)
    if done.returncode == 2:
        assert err.count("\n") == 1


def test_a_review_is_asked_without_controls(converted: Ground) -> None:
    done = converted.run("names", "--review", answers=b"\n" * 200)
    assert done.returncode == 0, done.stderr.decode()
    assert not OBEYED.findall(done.stderr.decode())


def test_json_and_parquet_give_every_name_back(converted: Ground) -> None:
    query = "select ROIName from rtstruct_rois order by SOPInstanceUID, ROINumber"
    told = [row["ROIName"] for row in json.loads(converted.run("sql", query, "--json").stdout)]
    file = converted.work / "names.parquet"
    assert converted.run("sql", query, "--parquet", str(file)).returncode == 0
    with duckdb.connect() as connection:
        found = connection.execute(f"from '{file}'").fetchall()
    assert told == [name for (name,) in found]
    # DICOM pads with blanks, and a backslash parts values; all else is in the catalog as written.
    for name in HOSTILE:
        if "\\" not in name and "\0" not in name:
            assert (name.strip(" ") or None) in told
    again = json.loads(converted.run("names", "--json", "--", *SURROGATES[1:]).stdout)
    assert [row["ROIName"] for row in again] == list(SURROGATES[1:])


def test_csv_for_programs_keeps_all_but_controls(converted: Ground) -> None:
    query = "select ROIName from rtstruct_rois order by SOPInstanceUID, ROINumber"
    out = converted.run("sql", query, "--csv").stdout.decode()
    csv.field_size_limit(1 << 20)
    rows = [row[0] for row in csv.reader(io.StringIO(out, newline=""))][1:]
    told = [row["ROIName"] for row in json.loads(converted.run("sql", query, "--json").stdout)]
    assert len(rows) == len(told)
    for written, name in zip(rows, told, strict=True):
        assert written == (name or "") or IN_CSV.search(name)
    assert "=cmd|' /C calc'!A0" in rows
    assert "\\x1b[31mred\\x1b[0m" in rows


def test_no_cell_of_the_review_template_is_a_formula_and_rules_mean_the_name(
    converted: Ground,
) -> None:
    template = converted.work / "review.csv"
    assert converted.run("names", "--review", str(template)).returncode == 0
    with template.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    formulas = [row for row in rows if row["ROIName"].startswith("'")]
    assert {row["ROIName"] for row in formulas} >= {"'+1+1", "'@SUM(1,1)", "''=already guarded"}
    # Answered for the formulas and the name with a bare carriage return.
    rules = converted.home.rules / "roi_synonyms_local.csv"
    before = rules.read_bytes()
    answered = template.read_bytes().replace(b",,,,", b",ANATOMY,Heart,,")
    rules.write_bytes(answered)
    try:
        asked = ("+1+1", "@SUM(1,1)", "'=already guarded", "bare\rreturn")
        done = converted.run("names", "--json", "--", *asked)
        assert done.returncode == 0, done.stderr.decode()
        readings = json.loads(done.stdout)
        assert [row["structure"] for row in readings] == ["Heart"] * 4
        # dbt reads the same file.
        built = converted.run("build", "--select", "roi_synonyms_local")
        assert built.returncode == 0, built.stderr.decode()
    finally:
        rules.write_bytes(before)


@pytest.mark.parametrize("name", CONVERSIONS)
def test_files_have_harmless_names_in_the_folder_that_was_given(
    converted: Ground, name: str
) -> None:
    out = converted.work / name
    found = [path for path in out.rglob("*") if path.is_file()]
    assert len(found) > (1 if name in ("seg", "labelmap", "4d") else 2 * len(HOSTILE))
    for path in found:
        inside = path.relative_to(out)
        for part in inside.parts:
            assert part.isprintable()
            assert not set(part) & set("/\\:*?\"<>|$`&;' \t\n")
            assert not part.startswith(("-", "."))
            assert len(part.encode()) < 255
    assert not list(converted.work.rglob("*escaped"))
    assert not Path("/tmp/escaped").exists()  # noqa: S108 - what a hostile name asks for


@pytest.mark.parametrize("name", ["nifti", "labelmap", "4d", "seg"])
def test_tables_beside_masks_give_every_name_back(converted: Ground, name: str) -> None:
    for path in (converted.work / name).rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert not OBEYED.findall(text)
    notes = list((converted.work / name).rglob("provenance.json"))
    masks = [
        mask
        for path in notes
        for each in json.loads(path.read_text(encoding="utf-8"))["conversions"]
        for mask in each["masks"]
    ]
    names = {mask["ROIName"] for mask in masks}
    assert {'=HYPERLINK("http://x","y")', "\x1b[31mred\x1b[0m", "abc\u202egnp.exe"} <= names


@pytest.mark.parametrize("layout", ["nnunet", "monai", "pyradiomics"])
def test_exports_hold_no_control_and_nothing_outside(converted: Ground, layout: str) -> None:
    where = "ROIName in ('Lung_L', '+1+1') and StructureSetLabel = '=1+1'"
    labels = converted.work / "labels.csv"
    labels.write_text("label,name,ROIName\n1,Lung_L,\n2,'=x,'+1+1\n", encoding="utf-8")
    out = converted.work / layout
    words = ("--layout", layout, "--out", str(out), "--labels", str(labels), "--json")
    done = converted.run("export", "--where", where, *words)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert not OBEYED.findall(done.stdout.decode() + done.stderr.decode())
    for path in out.rglob("*"):
        assert path.relative_to(out).as_posix().isprintable()
        if path.suffix in (".json", ".csv", ".md"):
            assert not OBEYED.findall(path.read_text(encoding="utf-8"))


def test_pages_hold_no_markup_of_others(converted: Ground) -> None:
    out = converted.work / "report"
    done = converted.run("report", "--out", str(out), "--with-identifiers")
    # Label maps hold masks without a voxel, which have no picture.
    assert done.returncode in (0, 1), done.stderr.decode()
    for path in out.rglob("*"):
        if path.suffix in (".html", ".svg"):
            text = path.read_text(encoding="utf-8")
            assert "<script>alert" not in text
            assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", text)
            assert not OBEYED.findall(text)
        elif path.suffix == ".js" and "data" in path.parts:
            assert path.read_text(encoding="ascii").isprintable() or "\n" in path.read_text()


def test_a_plan_and_its_shards_go_the_same_way(converted: Ground) -> None:
    out = converted.work / "of shards"
    done = converted.run("plan", *ALL, "--shards", "2", "--into", "shards", "--out", str(out))
    assert done.returncode == 0, done.stderr.decode()
    for shard in done.stdout.decode().split("\n")[:-1]:
        path = converted.work / shard
        assert not OBEYED.findall(path.read_text(encoding="utf-8"))
        made = converted.run("convert", "--shard", shard)
        assert made.returncode == 0, made.stderr.decode()
        registry = str(path.with_suffix(".duckdb"))
        merged = converted.run("registry", "merge", registry, "--out", str(out))
        assert merged.returncode == 0, merged.stderr.decode()
    with duckdb.connect(str(converted.home.registry), read_only=True) as connection:
        count = connection.execute(
            "select count(*) from masks where path like '%of shards%'"
        ).fetchall()
    assert count == [(2 * (len(HOSTILE) + 1),)]


def test_nothing_prints_but_through_the_one_function() -> None:
    """What a command prints goes through ``say``, so that no message is forgotten."""
    import rtstruct

    package = Path(rtstruct.__file__).parent
    allowed = {"__main__.py", "cli/show/say.py", "cli/show/tables.py", "cli/__init__.py"}
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        if name in allowed | {
            "progress.py",
            "duckdb_file.py",
            "cli/names.py",
            "cli/review.py",
            "index/file_outcomes.py",
            "view/server.py",
        }:
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)^ *print\(|std(out|err)\.write\(", text), name
        if name != "quoting.py":
            assert "csv.writer(" not in text, name
            assert "ensure_ascii=False" not in text, name
            assert 'replace("\'", "\'\'")' not in text, name
