"""The command ``rtstruct``, which is also ``python -m rtstruct``."""

import sys

from rtstruct.garbage import collect_seldom


def main() -> int:
    """Run the command of the command line; stopped while it is being imported, it says so too."""
    collect_seldom()
    try:
        from rtstruct.cli import main as run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("rtstruct: stopped\n")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
