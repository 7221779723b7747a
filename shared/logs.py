"""JSON logs on standard output, one line an event, each with the request id it belongs to."""

import logging
import sys
import traceback
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import stamina
from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
doing: ContextVar[str] = ContextVar("doing", default="platform")
"""What the platform does by itself now: the name of a job, a loop or a command, for the audit log."""


class _Context(logging.Filter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.process_name = self._process
        if record.exc_info and record.exc_info[0]:
            # The exception's text may hold personal data: its kind and place are enough.
            record.kind = record.exc_info[0].__name__
            record.frames = name_frames(record.exc_info[2])
            record.exc_info = record.exc_text = None
        return True


def name_frames(trace: TracebackType | None) -> list[str]:
    """Return where an exception arose: the innermost eight frames, the last one innermost."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)][-8:]


def configure_logs(process: str, level: str = "INFO") -> None:
    """Send every log record of this process to standard output as one JSON object a line."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_Context(process))
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(process_name)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "process_name": "process"},
            json_ensure_ascii=False,
        )
    )
    # Its log of a retry would hold the text of the exception.
    stamina.instrumentation.set_on_retry_hooks([])
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # These write addresses and statements, which may hold what does not belong in a log.
    for name in ("uvicorn.access", "httpx", "httpcore", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(logging.WARNING)


def describe_failure(error: BaseException) -> dict[str, Any]:
    """Return what a log may tell of an exception: its kind, its place and the constraint it broke, never its text."""
    constraint = getattr(getattr(error, "orig", error), "constraint_name", None)
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    return {
        "kind": type(error).__name__,
        "frames": name_frames(error.__traceback__),
        "constraint": constraint or getattr(cause, "constraint_name", None),
    }
