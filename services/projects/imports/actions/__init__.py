"""What the libraries do with the files that they import: a row becomes a draft."""

from collections.abc import Mapping

from services.projects.imports.actions.reading import read_demand_file, read_supply_file
from services.projects.imports.actions.writing import write_demands, write_supplies
from services.projects.imports.models import ImportKind
from services.projects.imports.rows.templates import DEMANDS, SUPPLIES
from shared.contracts.codes import Role
from shared.imports.rows import FileKind

KINDS: Mapping[str, FileKind] = {
    ImportKind.DEMANDS: FileKind(DEMANDS, Role.RURAL_OFFICER, read=read_demand_file, apply=write_demands),
    ImportKind.SUPPLIES: FileKind(SUPPLIES, Role.CIVIL_AFFAIRS_OFFICER, read=read_supply_file, apply=write_supplies),
}
