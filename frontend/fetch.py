"""Fetch the scripts of others that the report's pages use, and lay them into the package.

Packages of PyPI carry them, so that a machine with Python only can set them up. Versions and
hashes are pinned in requirements.txt; pip refuses anything else.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
LIB = HERE.parent / "python" / "rtstruct" / "report" / "static" / "lib"

# File in LIB -> package, and the member's end. Each script has its license beside it.
FILES = {
    "tabulator.min.js": ("django_js_lib_tabulator", "js/tabulator.min.js"),
    "tabulator.min.css": ("django_js_lib_tabulator", "css/tabulator.min.css"),
    "tabulator.LICENSE.txt": ("django_js_lib_tabulator", "dist-info/LICENSE.txt"),
    "niivue.js": ("ipyniivue", "static/widget.js"),
    "niivue.LICENSE.txt": ("ipyniivue", "licenses/LICENSE"),
}
# ipyniivue exports its widget only. The class that it wraps is `t2` in the pinned file; the new
# name must stand exactly once, so that another version cannot pass unnoticed.
NIIVUE = (b"export{Ih as default}", b"export{t2 as Niivue}")
SOURCE_MAP = b"//# sourceMappingURL="


def main() -> None:
    LIB.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--only-binary", ":all:", "--require-hashes", "--dest", folder),
                *("--requirement", str(HERE / "requirements.txt")),
            ],
            check=True,
        )
        for name, (package, end) in FILES.items():
            (LIB / name).write_bytes(_adapted(name, _member(Path(folder), package, end)))


def _member(folder: Path, package: str, end: str) -> bytes:
    (wheel,) = folder.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(end))
        return archive.read(name)


def _adapted(name: str, content: bytes) -> bytes:
    if name == "niivue.js":
        if content.count(NIIVUE[0]) != 1 or b"new t2(" not in content:
            raise SystemExit("ipyniivue is not the version that frontend/fetch.py knows")
        return content.replace(*NIIVUE)
    # A browser with its tools open would ask for a map that is not there.
    return content.split(SOURCE_MAP)[0]


if __name__ == "__main__":
    main()
