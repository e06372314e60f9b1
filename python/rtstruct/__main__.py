"""The command ``rtstruct``, which is also ``python -m rtstruct``."""

import gc
import sys

# What a command imports is no garbage: to look for some in between, as Python does after every 700
# objects, takes a twentieth of a small command.
_OBJECTS_BEFORE_COLLECTION = 50_000


def main() -> int:
    """Run the command of the command line; stopped while it is being imported, it says so too."""
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    try:
        from rtstruct.cli import main as run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("rtstruct: stopped\n")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
