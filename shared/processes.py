"""Child processes that end when their parent does, however it ended."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def start_child(
    args: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    parent_death: signal.Signals | None = signal.SIGKILL,
    user: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """
    Start a program in a session of its own, so that the terminal's Ctrl-C reaches the parent alone.

    ``parent_death`` is the signal that the kernel sends when the **thread** that starts the child ends (call it from
    the main thread), ``None`` lets the child outlive it; ``user`` is the uid and gid to drop to.

    :raises OSError: if the program cannot be started
    """
    uid, gid = user if user is not None else (None, None)
    return subprocess.Popen(  # noqa: S603
        [os.fspath(arg) for arg in args],
        env=None if env is None else dict(env),
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        user=uid,
        group=gid,
        extra_groups=None if user is None else [],
        start_new_session=True,
        # It runs after setuid, which would clear the signal again.
        preexec_fn=None if parent_death is None else _die_with(os.getpid(), parent_death),  # noqa: PLW1509
    )


def stop_child(child: subprocess.Popen[bytes], *, grace_seconds: float = 10) -> int:
    """
    End a child of ``start_child``: SIGTERM, then SIGKILL to its whole group after the grace; return its exit code.

    A child that has ended already is only reaped.
    """
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def _die_with(parent: int, death: signal.Signals) -> Callable[[], None]:
    def ask_kernel() -> None:  # pragma: no cover  (runs in the child between fork and exec)
        if _libc.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0) != 0:
            os._exit(127)
        # The parent may have died before the kernel was asked.
        if os.getppid() != parent:
            os._exit(127)

    return ask_kernel
