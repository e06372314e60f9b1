"""Seconds until 30 masks on a CT of 512 x 512 x 200 are on the screen, in a real Chromium.

``make bench-view`` runs it: once with nothing read yet, then again, then a step to another slice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb
import phantoms
from playwright.sync_api import Page, sync_playwright

ROUNDS = 5
PICTURE = Path("target/view.png")
SHOWN = ".axial .lines[data-whole]"


def main() -> None:
    """Print the seconds, and leave a picture of the screen in ``target``."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        phantoms.large_patient(Path(folder, "dicom"))
        for words in (["index", f"{folder}/dicom"], ["build"], ["convert", "--where", "true"]):
            subprocess.run([*rtstruct(), *words], env=environment(home), check=True)
        with duckdb.connect(str(home / "registry.duckdb"), read_only=True) as connection:
            (key,), *_ = connection.sql("select conversion_id from masks").fetchall()
        look(home, f"viewer.html?conversion={key[:16]}")


def rtstruct() -> list[str]:
    return [sys.executable, "-m", "rtstruct"]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "RTSTRUCT_HOME": str(home)}


def look(home: Path, page_of_masks: str) -> None:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
        cold = []
        for _ in range(ROUNDS):
            # A server of its own has read nothing yet.
            server = subprocess.Popen(
                [*rtstruct(), "view", "--no-browser"],
                env=environment(home),
                stdout=subprocess.PIPE,
                text=True,
            )
            (address,) = server.stdout.readline().split() if server.stdout else ("",)
            site = address.removesuffix("index.html")
            cold.append(seconds(page, site + page_of_masks))
            again = seconds(page, site + page_of_masks)
            step = seconds_of_a_step(page)
            if not PICTURE.is_file():
                page.wait_for_timeout(3000)
                PICTURE.parent.mkdir(exist_ok=True)
                page.screenshot(path=PICTURE)
            server.terminate()
            server.wait()
            print(
                f"  {cold[-1]:.2f} s; again {again:.2f} s; another slice {step:.2f} s", flush=True
            )
        print(f"30 masks on 512 x 512 x 200: {median(cold):.2f} s, the median of {ROUNDS}")
        browser.close()


def seconds(page: Page, address: str) -> float:
    """Until image, masks and contours of the first slices are shown."""
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(SHOWN)
    return time.perf_counter() - started


def seconds_of_a_step(page: Page) -> float:
    """Until the next slice is shown after a key."""
    page.get_by_label("axial slice", exact=True).last.focus()
    page.wait_for_selector(SHOWN)
    started = time.perf_counter()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(SHOWN)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
