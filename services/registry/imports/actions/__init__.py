"""What the registry does with the files that it imports."""

from collections.abc import Mapping

from services.registry.imports.actions.apply_organizations import apply_organizations
from services.registry.imports.actions.read_file import read_file
from services.registry.imports.models import ImportKind
from services.registry.imports.rows.template import ORGANIZATIONS
from shared.contracts.codes import Role
from shared.imports.rows import FileKind

KINDS: Mapping[str, FileKind] = {
    ImportKind.ORGANIZATIONS: FileKind(
        ORGANIZATIONS, Role.CIVIL_AFFAIRS_OFFICER, read=read_file, apply=apply_organizations
    )
}
