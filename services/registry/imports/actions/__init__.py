"""What one can do with an import: begin it, apply its rows in steps, finish it."""

from services.registry.imports.actions.apply_rows import ImportUnit, apply_rows
from services.registry.imports.actions.begin_import import begin_import
from services.registry.imports.actions.finish_import import finish_import
from services.registry.imports.actions.index_divisions import index_divisions
from services.registry.imports.actions.open_import import open_import

__all__ = ["ImportUnit", "apply_rows", "begin_import", "finish_import", "index_divisions", "open_import"]
