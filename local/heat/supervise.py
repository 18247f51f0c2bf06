"""Becomes a program whose process group is killed when standard input closes: none is left behind.

supervise.py COMMAND [ARGUMENT...]

It stays the leader of its process group, so that no program can leave the group: heat-engine tries.
"""
import os
import signal
import sys

if os.fork() == 0:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.execvp(sys.argv[1], sys.argv[1:])
