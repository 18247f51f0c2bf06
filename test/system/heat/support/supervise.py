"""Runs a program, and kills its process group when standard input closes: no test leaves one behind.

supervise.py COMMAND [ARGUMENT...]
"""
import os
import signal
import subprocess
import sys
import threading


def kill_when_alone():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=kill_when_alone, daemon=True).start()
sys.exit(subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL))
