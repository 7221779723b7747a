"""HTTP of imports."""

from services.projects.imports.actions import KINDS
from services.projects.imports.models import ImportKind
from services.projects.imports.schemas import ImportRead, ImportRowRead
from services.projects.permissions import ImportReader, ProjectImporter
from shared.imports.routes import import_router

router = import_router(
    "/projects/v1",
    ImportKind,
    KINDS,
    importer=ProjectImporter,
    reader=ImportReader,
    file_read=ImportRead,
    row_read=ImportRowRead,
)
