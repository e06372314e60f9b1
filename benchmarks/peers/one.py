"""ADAPTER [MORE...]: runs it on each line of standard input, JSON of images, rt and out.

Libraries are imported once. Each case has a process of its own, so that one which crashes is
that case's; what it says goes to OUT.txt, its exit code to standard output.
"""

import importlib.util
import json
import os
import signal
import sys
import traceback
from pathlib import Path

LIMIT_S = 300
name, *more = sys.argv[1:]
# Libraries print while they are imported: exit codes have a channel of their own.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
place = Path(__file__).parent / "adapters" / f"{name}.py"
spec = importlib.util.spec_from_file_location("adapter", place)
adapter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(adapter)

for line in sys.stdin:
    case = json.loads(line)
    child = os.fork()
    if not child:
        said = os.open(f"{case['out']}.txt", os.O_CREAT | os.O_WRONLY)
        os.dup2(said, 1)
        os.dup2(said, 2)
        signal.alarm(LIMIT_S)
        try:
            adapter.convert(case["images"], case["rt"], case["out"], *more)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(json.dumps(os.waitstatus_to_exitcode(status)), file=answers, flush=True)
