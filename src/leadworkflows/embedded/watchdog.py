"""Runs one server as a child and ends it when whoever asked for it is gone.

Run as a script, by `EmbeddedServer`, with a pipe as standard input whose other end only the
asking process holds. The pipe closes when that process closes it, and also when it is killed, so a
clean stop and a crash take the same path. The alternatives are worse: a death signal set between
fork and exec (`preexec_fn`) is unsafe in a process that has threads, exists on Linux alone, and fires
when the thread that started the child ends, not the process.

Only the standard library is imported: the process starts in a few milliseconds and stays small.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

GRACE_S = 10.0
"""How long the server may take to end by itself before it is killed."""


def end(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and kill it when it does not."""
    server.terminate()
    try:
        server.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        server.kill()


def end_when_abandoned(server: subprocess.Popen[bytes]) -> None:
    """Block until the pipe from the asking process closes, then end the server."""
    sys.stdin.buffer.read()
    end(server)


def main(lock: int, command: list[str]) -> int:
    """Run the command until it ends or is abandoned; its exit status is returned.

    `lock` is the descriptor of a locked file. The server inherits it, so that the lock lasts exactly
    as long as the server does, even if this process is killed; its process id is written there.
    """
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[lock])  # noqa: S603  our own command
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{server.pid}\n".encode(), 0)
    threading.Thread(target=end_when_abandoned, args=[server], daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
