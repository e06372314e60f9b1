"""Ours beside the peers, each in an environment of its own: ``make compare-peers``.

Writes docs/comparison.md. Each peer is an adapter of a few lines in ``adapters/`` and what it is
installed from in ``requirements/``; PEERS="plastimatch platipy" runs some, QUICK=1 the phantoms
alone, SMALL=1 measures time on a small image, PEER_ENVIRONMENTS keeps the environments. Peers that
cannot be installed are named on the page.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cases import TIDY, Case, all_cases, large
from judge import DICE, VOLUME, Verdict, judge

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENTS = Path(os.environ.get("PEER_ENVIRONMENTS", ROOT / ".venv-peers"))
PAGE = ROOT / "docs" / "comparison.md"
QUICK, SMALL = (bool(os.environ.get(name)) for name in ("QUICK", "SMALL"))
LETTERS = {"right": "R", "rim": "r", "told": "t", "silent": "**S**"}
SIZES = {True: "128 x 128 x 100", False: "512 x 512 x 200"}
# Name on the page -> adapter, further words.
PEERS: dict[str, tuple[str, list[str]]] = {
    "rtstruct": ("rtstruct", []),
    "plastimatch --xor-contours": ("plastimatch", ["--xor-contours"]),
    "plastimatch": ("plastimatch", []),
    "dcmrtstruct2nii": ("dcmrtstruct2nii", []),
    "rt-utils": ("rt-utils", []),
    "platipy": ("platipy", []),
    "DicomRTTool": ("DicomRTTool", []),
    "med-imagetools": ("med-imagetools", []),
    "pyCERR": ("pyCERR", []),
}


def python_of(adapter: str) -> Path | None:
    """The interpreter of a peer's environment, which is made if need be; None: it cannot be."""
    if adapter == "rtstruct":
        return Path(sys.executable)
    place = ENVIRONMENTS / adapter
    python = place / "bin" / "python"
    if not (place / ".made").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        requirements = HERE / "requirements" / f"{adapter}.txt"
        words = ["-m", "pip", "install", "--quiet", "--requirement", str(requirements)]
        if subprocess.run([str(python), *words], check=False).returncode:
            return None
        (place / ".made").touch()
    return python


def run(peer: str, cases: list[Case], out: Path) -> dict[str, Verdict]:
    """All cases in one start of the peer: its libraries take longer to import than to run."""
    adapter, more = PEERS[peer]
    python = python_of(adapter) or Path()
    places = {case.name: out / str(n) for n, case in enumerate(cases)}
    for place in places.values():
        place.mkdir(parents=True)
    lines = [
        json.dumps(
            {
                "images": str(case.folder / "images"),
                "rt": str(case.folder / "rt.dcm"),
                "out": str(places[case.name]),
            }
        )
        for case in cases
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # An adapter has the name of its peer, which its folder must not hide.
    kept |= {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONSAFEPATH": "1"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(python), str(HERE / "one.py"), adapter, *more],
        input="\n".join(lines),
        env=kept | {"OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    verdicts = {}
    for case, code in zip(cases, done.stdout.splitlines(), strict=True):
        verdict = Verdict(int(code), seconds, used)
        said = Path(f"{places[case.name]}.txt").read_text(errors="replace")
        judge(verdict, case, places[case.name], said)
        verdicts[case.name] = verdict
    return verdicts


def version_of(adapter: str, python: Path) -> str:
    words = ["-c", f"from importlib.metadata import version; print(version({adapter!r}))"]
    return subprocess.run(
        [str(python), *words], capture_output=True, text=True, check=True
    ).stdout.strip()


def page(
    results: dict[str, dict[str, Verdict]], absent: list[str], times: dict[str, Verdict]
) -> str:
    """The page, from what was measured."""
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    lines = [
        "# Beside other software",
        f"Made by `make compare-peers` on {datetime.now(UTC):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {os.cpu_count()} processors ({processor}), a machine that "
        "others used meanwhile: compare processor times. Each runs in an environment of its own, "
        "as its documentation says; arrays are written with SimpleITK. Ours is the library on "
        "files, which asks where a series holds several acquisitions; `rtstruct convert` parts "
        "them by its catalog. Reported cases with several structure sets are left out. "
        "`benchmarks/peers` has all of it.",
        "",
        f"**Right**: Dice of at least {DICE} with the truth, where it has voxels, and a volume "
        f"within {VOLUME:.0%}. **Rim**: not so, but no voxel is wrong that does not touch the "
        "outline, as where vertices are rounded to pixels; by volume alone: the truth lies between "
        "the mask shrunk and the mask grown by a pixel. **Told**: neither, but there is an error, "
        "a warning or a note. **Silent**: neither, and nothing was said. A mask that should not be "
        "made counts too. "
        "The truth of phantoms is the voxels whose centre is inside and the volume of the "
        "polygons; of IBSI's sets, its reference masks; of reported cases, a volume. Neither "
        "tolerance nor cases are neutral: they are ours.",
        "",
        "| software | version | ROIs right | rim | told | silent | Dice, median | worst "
        "| volume error, median of sizes | worst |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for peer, by_case in results.items():
        counts = [v for verdict in by_case.values() for v in verdict.verdicts.values()]
        dice = [d for verdict in by_case.values() for d in verdict.dice]
        volume = [abs(e) for verdict in by_case.values() for e in verdict.volume]
        adapter = PEERS[peer][0]
        version = version_of(adapter, python_of(adapter) or Path())
        shown = [f"{counts.count(kind)}" for kind in LETTERS]
        shown += [f"{np.median(dice):.4f}", f"{min(dice):.3f}"] if dice else ["", ""]
        shown += [f"{np.median(volume):.1%}", f"{max(volume):.0%}"] if volume else ["", ""]
        lines.append(f"| {peer} | {version} | {' | '.join(shown)} |")
    lines += [
        "",
        f"30 ROIs on {SIZES[SMALL]}, the whole process with its imports, one run each:",
        "",
        "| software | processor s | wall s | peak MB |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {peer} | {v.cpu_s:.1f} | {v.wall_s:.1f} | {v.peak_mb:.0f} |"
        + (f" exit {v.code}" if v.code else "")
        for peer, v in sorted(times.items(), key=lambda item: item[1].cpu_s)
    ]
    lines += [
        "",
        "## Case by case",
        f"R right, r rim, t told, S silent, one letter a ROI; ✕ where the program itself failed. "
        f"*{TIDY}* is a large organ on small pixels, where nothing is difficult: each adapter must "
        "pass it, or what its software said stands below.",
        "",
        f"| case | {' | '.join(results)} |",
        "|---|" + "---|" * len(results),
    ]
    for case in next(iter(results.values())):
        cells = [
            "".join(LETTERS[v] for v in by_case[case].verdicts.values()).replace("****", "")
            + (" ✕" if by_case[case].code else "")
            for by_case in results.values()
        ]
        lines.append(f"| {case} | {' | '.join(cells)} |")
    for peer, by_case in results.items():
        if set(by_case[TIDY].verdicts.values()) - {"right", "rim"}:
            lines += ["", f"{peer} on *{TIDY}*: `{by_case[TIDY].last_words}`"]
    if absent:
        lines += ["", f"Could not be installed: {', '.join(absent)}."]
    return "\n".join(lines) + "\n"


def summary(verdict: Verdict) -> str:
    return "".join(LETTERS[word].strip("*") for word in verdict.verdicts.values())


def alone(peer: str, case: Case, out: Path) -> Verdict:
    """One case in a process of its own, so that its peak of memory can be told."""
    words = [sys.executable, str(HERE / "compare.py"), "alone", peer, str(case.folder), str(out)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return Verdict(*json.loads(done.stdout.splitlines()[-1]))


def measure(peer: str, folder: str, out: str) -> None:
    (verdict,) = run(peer, [Case("large", Path(folder), {})], Path(out) / "alone").values()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps([verdict.code, verdict.wall_s, verdict.cpu_s, peak]))


def main() -> None:
    wanted = set(os.environ.get("PEERS", "").split()) or {adapter for adapter, _ in PEERS.values()}
    absent = sorted({a for a, _ in PEERS.values() if a in wanted and python_of(a) is None})
    peers = [p for p, (a, _) in PEERS.items() if a in wanted and a not in absent]
    with tempfile.TemporaryDirectory(prefix="rtstruct-peers-") as temporary:
        folder = Path(temporary)
        cases = list(all_cases(folder / "cases", quick=QUICK))
        heavy = large(folder, quick=SMALL)
        results, times = {}, {}
        for peer in peers:
            place = folder / peer.replace(" ", "")
            results[peer] = run(peer, cases, place)
            print(peer, {name: summary(v) for name, v in results[peer].items()}, flush=True)
            times[peer] = alone(peer, heavy, place)
    PAGE.write_text(page(results, absent, times))
    print(PAGE)


if __name__ == "__main__":
    measure(*sys.argv[2:]) if sys.argv[1:2] == ["alone"] else main()
