"""``rtstruct doctor`` finds what is wrong and says what to do."""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rtstruct.cli import main
from rtstruct.registry.connection import create

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = "http://127.0.0.1:9"
"""An address that does not answer."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path))
    monkeypatch.setenv("RTSTRUCT_FETCH_FROM", NOBODY)
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    return tmp_path


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    code = main(["doctor", "--json"])
    return code, {finding["subject"]: finding for finding in json.loads(capsys.readouterr().out)}


def write_index(home: Path) -> None:
    duckdb.sql("select 'CT' as Modality union all select 'RTSTRUCT'").write_parquet(
        str(home / "dicom_all.parquet")
    )


def test_a_fresh_install_has_no_problem_and_says_what_comes_first(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, findings = doctor(capsys)
    assert code == 0
    assert findings["packages"]["state"] == "ok"
    assert findings["dbt project"]["state"] == "ok"
    for subject in ("index", "catalog", "registry"):
        assert findings[subject]["state"] == "absent"
    assert "rtstruct index" in findings["index"]["hint"]


@pytest.mark.parametrize(
    ("file", "subject"),
    [
        ("dicom_all.parquet", "index"),
        ("catalog.duckdb", "catalog"),
        ("registry.duckdb", "registry"),
    ],
)
def test_a_broken_file_is_a_problem_told_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], file: str, subject: str
) -> None:
    (home / file).write_bytes(b"not what it should be" * 1000)
    code, findings = doctor(capsys)
    assert code == 1
    assert findings[subject]["state"] == "problem"
    assert "\n" not in findings[subject]["detail"]


def test_a_catalog_older_than_its_index_must_be_built_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "catalog.duckdb").touch()
    os.utime(home / "catalog.duckdb", (1, 1))
    write_index(home)
    code, findings = doctor(capsys)
    assert code == 1
    assert findings["index"]["detail"] == "2 instances, 1 of them RTSTRUCT"
    assert findings["catalog"]["detail"] == "older than the index"
    assert "rtstruct build" in findings["catalog"]["hint"]


def test_masks_whose_files_are_gone_are_counted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create(home / "registry.duckdb")
    (home / "here.nii.gz").touch()
    with duckdb.connect(str(home / "registry.duckdb")) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "select column_name from duckdb_columns()"
                " where table_name = 'masks' and not is_nullable"
            ).fetchall()
        ]
        for number, path in enumerate(("here.nii.gz", "gone.nii.gz")):
            values = dict.fromkeys(names, "0") | {"path": path, "ROINumber": str(number)}
            connection.execute(
                f"insert into masks ({', '.join(values)})"
                f" values ({', '.join('?' for _ in values)})",
                list(values.values()),
            )
    code, findings = doctor(capsys)
    assert code == 1
    assert findings["registry"]["detail"] == "the files of 1 of 2 masks are gone"
    (home / "gone.nii.gz").touch()
    assert doctor(capsys)[1]["registry"]["state"] == "ok"
    (home / "gone.nii.gz").write_bytes(b"another mask")
    code, findings = doctor(capsys)
    assert code == 1
    assert findings["registry"]["detail"] == "files of masks that are not as they were written: 1"


def test_without_a_network_idc_is_absent_which_is_no_problem(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    account = {
        "type": "service_account",
        "client_email": "nobody@example.org",
        "token_uri": NOBODY,
        "private_key": key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
    }
    (home / "account.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "nothing-of-ours")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(home / "account.json"))
    code, findings = doctor(capsys)
    assert code == 0
    assert findings["IDC's buckets"]["state"] == "absent"
    assert findings["IDC's buckets"]["detail"] == f"{NOBODY}: network_error"
    assert findings["BigQuery"]["state"] == "absent"
    assert "127.0.0.1" in findings["BigQuery"]["detail"]


def test_bigquery_is_asked_only_where_a_project_is_set(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, findings = doctor(capsys)
    assert findings["BigQuery"]["detail"] == "GOOGLE_CLOUD_PROJECT is not set"


def test_buckets_that_answer_are_ok(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    class Bucket(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with HTTPServer(("127.0.0.1", 0), Bucket) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("RTSTRUCT_FETCH_FROM", f"http://127.0.0.1:{server.server_port}")
        _, findings = doctor(capsys)
        server.shutdown()
    assert findings["IDC's buckets"]["state"] == "ok"
    assert [path.partition("?")[0] for path in asked] == ["/idc-open-data"]


def test_it_prints_a_table_for_people(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("absent") and "index" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_a_home_that_cannot_be_looked_at_does_not_hide_the_rest(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(home / ("x" * 300)))
    code, findings = doctor(capsys)
    assert code == 1
    for subject in ("home", "index", "catalog", "registry"):
        assert findings[subject]["state"] == "problem"
        assert "File name too long" in findings[subject]["detail"]
    assert "BigQuery" in findings
