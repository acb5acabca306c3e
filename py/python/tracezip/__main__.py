"""The `tracezip` command: the same as the program, in this process."""

import signal
import sys

from tracezip._tracezip import command


def main() -> None:
    """Runs the command with the arguments of this process, and ends it."""
    # Python would only note Ctrl-C, and act on it when the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(command(["tracezip", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
