"""Take in a file: the file, its operation and its job in one transaction."""

import hashlib
import re
from datetime import date
from pathlib import PurePosixPath

from services.registry.imports.errors import FileEmpty
from services.registry.imports.models import Import, ImportKind
from services.registry.imports.repository import ImportRepository
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.db import Session
from shared.jobs import enqueue
from shared.operations import Operation, begin_operation

JOB = "import_organizations"
LONGEST_NAME = 120


async def begin_import(
    session: Session, *, kind: ImportKind, file_name: str, content: bytes, by: Principal, today: date
) -> Operation:
    """
    Store a file and enqueue the job that reads it; nothing is parsed here.

    :raises FileEmpty: if it holds nothing
    :raises OutOfScope: if the caller works under no division
    """
    if not content:
        raise FileEmpty(pointer="/file")
    if by.division is None:
        raise OutOfScope
    operation = await begin_operation(session, kind=f"import_{kind.value}", by=by)
    file = Import(
        kind=kind,
        file_name=_clean_file_name(file_name),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        operation_id=operation.id,
        submitted_by=by.subject,
        division=by.division,
        as_of=today,
    )
    await ImportRepository(session).add(file)
    await enqueue(session, JOB, {"import_id": str(file.id)}, once=f"{JOB} {file.id}")
    return operation


def _clean_file_name(text: str) -> str:
    """Return the last part of a file's name without control characters and of bounded length, its ending kept."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", PurePosixPath(text.replace("\\", "/")).name) or "file"
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 8] + name[-8:]
