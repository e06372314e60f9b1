"""Nothing that is read can run: no pickle, no eval, no shell, in any file of the package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILES = [*(ROOT / "python").rglob("*.py"), *(ROOT / "frontend").rglob("*.py")]
MODULES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    *(("os", name) for name in ("system", "popen", "execl", "execlp", "execvp", "spawnl")),
    *(("subprocess", name) for name in ("getoutput", "getstatusoutput")),
    *(("yaml", name) for name in ("load", "load_all", "unsafe_load", "full_load")),
    *(("pd", "read_pickle"), ("pandas", "read_pickle")),
}


def dangers(source: str) -> list[str]:
    """What of a program could run what it reads, with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        what = ""
        if isinstance(node, ast.Import):
            what = next((a.name for a in node.names if a.name.split(".")[0] in MODULES), "")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            what = node.module or ""
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in CALLS:
                what = function.id
            elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                pair = (function.value.id, function.attr)
                what = ".".join(pair) if pair in METHODS else ""
            for keyword in node.keywords:
                is_off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
                if keyword.arg in ("shell", "allow_pickle") and not is_off:
                    what = keyword.arg
        if what:
            found.append(f"{what} in line {node.lineno}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_runs_what_it_reads(path: Path) -> None:
    assert dangers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "program",
    [
        "import pickle",
        "from cloudpickle import loads",
        "eval(text)",
        "subprocess.run(text, shell=True)",
        "np.load(path, allow_pickle=True)",
        "os.system(text)",
        "yaml.load(text)",
    ],
)
def test_a_danger_is_noticed(program: str) -> None:
    assert dangers(program)
