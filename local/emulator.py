"""Runs ministack in a process group of its own, for as long as standard input stays open.

Whoever started it holds the other end of that pipe. When that process is gone, however it ended, the pipe closes,
and the whole group goes at once: the emulator and the Lambda workers that it started. There is nothing to save.
"""

import os
import signal
import sys
import threading

from ministack.app import main


def end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if os.getpgrp() != os.getpid():
    sys.exit("emulator.py must lead a process group, since it kills its group in the end")
threading.Thread(target=end_with_standard_input, daemon=True).start()
main()
