#!/usr/bin/env python3
"""terminal.py ROWSxCOLUMNS COMMAND…: runs a command on a terminal of that size, types the lines of
standard input once it has said something, prints all it says and ends with its exit code."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

rows, columns = map(int, sys.argv[1].split("x"))
lines = sys.stdin.buffer.read()
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
deadline = time.monotonic() + 60
typed = False
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        said = os.read(terminal, 65536)
    except OSError:  # the other end is closed
        break
    if not said:
        break
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    if not typed:
        os.write(terminal, lines)
        typed = True
else:
    os.kill(child, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
