"""What can go wrong between a user and BigQuery is told in one line that says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engines.emulator import Emulator


REFUSED = {"error": "invalid_grant", "error_description": "account not found"}
GRANTED = {"access_token": "any", "token_type": "Bearer", "expires_in": 3600}


@contextmanager
def account(folder: Path, answer: dict[str, object]) -> Iterator[Path]:
    """A key of a service account; who gives tokens for keys gives this answer to it."""

    class Exchange(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(400 if "error" in answer else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Exchange) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        key = folder / "key.json"
        key.write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "project_id": "local",
                    "private_key": private.decode(),
                    "client_email": "someone@local",
                    "token_uri": f"http://127.0.0.1:{server.server_port}",
                }
            )
        )
        yield key
        server.shutdown()


def failed_build(home: Path, *arguments: str, **environment: str) -> str:
    """The one line that a build on BigQuery ends with."""
    # Neither a signed-in user, nor a machine in Google's cloud.
    inherited = {key: value for key, value in os.environ.items() if "GOOGLE" not in key}
    inherited |= {"HOME": str(home), "NO_GCE_CHECK": "true", "RTSTRUCT_HOME": str(home)}
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "rtstruct", "build", "--target", "bigquery"),
            *("--source", "idc", *arguments),
        ],
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    problems = [line for line in ended.stderr.splitlines() if line.startswith("rtstruct: ")]
    assert ended.returncode == 1
    assert len(problems) == 1, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return problems[0]


def test_no_credentials(tmp_path: Path) -> None:
    problem = failed_build(tmp_path)

    assert "credentials were not found" in problem
    assert "gcloud auth application-default login" in problem


def test_wrong_credentials(tmp_path: Path) -> None:
    with account(tmp_path, REFUSED) as key:
        problem = failed_build(
            tmp_path, GOOGLE_APPLICATION_CREDENTIALS=str(key), GOOGLE_CLOUD_PROJECT="local"
        )

    assert "access token" in problem
    assert "gcloud auth application-default login" in problem


def test_unknown_idc_dataset(emulator: Emulator, tmp_path: Path) -> None:
    with account(tmp_path, GRANTED) as key:
        problem = failed_build(
            tmp_path,
            *("--vars", "idc_dataset: idc_v0", "--select", "stg_dicom_all"),
            GOOGLE_APPLICATION_CREDENTIALS=str(key),
            GOOGLE_CLOUD_PROJECT="local",
            BIGQUERY_EMULATOR_HOST=emulator.url,
        )

    assert "idc_v0" in problem
    assert "Check --vars 'idc_dataset: ...'" in problem
