"""HTTP of imports."""

from services.registry.imports.actions import KINDS
from services.registry.imports.models import ImportKind
from services.registry.imports.schemas import ImportRead, ImportRowRead
from services.registry.permissions import ImportReader, OrganizationImporter, OrganizationReader
from shared.imports.routes import import_router

router = import_router(
    "/registry/v1",
    ImportKind,
    KINDS,
    importer=OrganizationImporter,
    reader=ImportReader,
    form_reader=OrganizationReader,
    file_read=ImportRead,
    row_read=ImportRowRead,
)
