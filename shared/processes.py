"""Child processes that end when their parent does, however it ended; the port they are to have, and how often."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import time
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


class PortTaken(Exception):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"端口 {port} 已被占用,请用 PORT= 另选。\nPort {port} is in use; PORT= chooses another.")


def require_free_port(host: str, port: int) -> None:
    """
    Bind a port and give it back, as a server would that is started next.

    :raises PortTaken: if it cannot be bound
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Connections of a server that has just ended must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(port) from None


class EndsAgainAndAgain(Exception):
    """A child ends soon after each start; the last lines of its log may tell why."""

    LAST_LINES = 15

    def __init__(self, name: str, log: Path) -> None:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-self.LAST_LINES :])
        super().__init__(
            f"{name} 进程一再启动失败,平台停止;日志 {log} 的最后几行如下。\n"
            f"Process {name} ends again and again, so the platform stops; the last lines of {log}:\n{tail}"
        )


class Restarts:
    """Counts how often in a row a child has ended by itself soon after its start."""

    QUICK_SECONDS = 15.0
    MOST = 5

    def __init__(self, name: str, log: Path) -> None:
        self._name, self._log = name, log
        self._begun = 0.0
        self._quick = 0

    def begin(self) -> None:
        """Note that the child starts now."""
        self._begun = time.monotonic()

    def judge(self, exit_code: int) -> None:
        """
        Judge whether a child that has ended may start again; one that was killed always may.

        :raises EndsAgainAndAgain: if it need not be tried any more
        """
        by_itself = exit_code != -signal.SIGKILL and time.monotonic() - self._begun < self.QUICK_SECONDS
        self._quick = self._quick + 1 if by_itself else 0
        if self._quick > self.MOST:
            raise EndsAgainAndAgain(self._name, self._log)
