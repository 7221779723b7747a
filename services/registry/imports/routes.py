"""HTTP of imports."""

from services.registry.imports.actions import KINDS
from services.registry.imports.models import ImportKind
from services.registry.imports.schemas import ImportRead, ImportRowRead
from services.registry.permissions import import_organizations, read_imports, read_organizations
from shared.imports.routes import import_router

router = import_router(
    "/registry/v1",
    ImportKind,
    KINDS,
    importer=import_organizations,
    reader=read_imports,
    form_reader=read_organizations,
    file_read=ImportRead,
    row_read=ImportRowRead,
)
