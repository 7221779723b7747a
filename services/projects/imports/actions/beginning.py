"""Begin an import: keep the file, and let the worker carry it out."""

import hashlib
from datetime import date
from pathlib import PurePosixPath

from services.projects.imports.errors import FileEmpty
from services.projects.imports.models import IMPORTERS, Import, ImportKind
from services.projects.imports.repository import ImportRepository
from shared.auth.errors import NotAllowed, OutOfScope
from shared.auth.principals import Principal
from shared.db import Session
from shared.jobs import enqueue
from shared.operations import Operation, begin_operation
from shared.privacy import contains_personal_data

JOB = "import_workbook"
LONGEST_NAME = 100


async def begin_import(
    session: Session, *, kind: ImportKind, file_name: str, content: bytes, by: Principal, today: date
) -> Operation:
    """
    Keep a file and enqueue its import; the rows are judged as of today.

    :raises NotAllowed: if another office imports this kind
    :raises FileEmpty: if nothing is in it
    """
    if by.role is not IMPORTERS[kind]:
        raise NotAllowed(pointer="/kind")
    if by.division is None:
        raise OutOfScope
    if not content:
        raise FileEmpty(pointer="/file")
    operation = await begin_operation(session, kind=f"import_{kind.value}", by=by)
    imported = Import(
        kind=kind, file_name=_clean_name(file_name), content=content, sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), operation_id=operation.id, submitted_by=by.subject, division=by.division, as_of=today,
    )  # fmt: skip
    await ImportRepository(session).add(imported)
    await enqueue(session, JOB, {"import_id": str(imported.id)}, once=f"{JOB} {imported.id}")
    return operation


def _clean_name(file_name: str) -> str:
    """Return the last part of the name, or only its ending where the name may tell of a person."""
    path = PurePosixPath(file_name.replace("\\", "/"))
    name = "".join(character for character in path.name if character.isprintable())[-LONGEST_NAME:]
    return f"…{path.suffix[:10]}" if not name or contains_personal_data(name) else name
