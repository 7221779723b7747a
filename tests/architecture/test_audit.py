"""Nothing that runs escapes the audit log: every session knows its key, and every exempt table says why."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from shared.audit.recording import Audited, is_audited

SERVICES = ("registry", "projects", "matching")
EXEMPT = {
    "registry": {"ReferenceLoad", "ImportRow"},
    "projects": {"Division", "DivisionRevision", "Organization", "ImportRow"},
    "matching": {
        "DemandProfile", "SupplyProfile", "DivisionProfile", "OrganizationProfile", "TextVector", "PairingEvent",
        "PushEvent", "Delivery", "ProfileChange", "CorpusTerms", "Digest",
    },
}  # fmt: skip


def test_every_database_of_the_services_gives_its_sessions_the_audit_key() -> None:
    made = [
        (path, node)
        for path in Path("services").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Database"
    ]
    assert len(made) >= 6
    assert not [
        f"{path}:{node.lineno}" for path, node in made if "info" not in {keyword.arg for keyword in node.keywords}
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_the_tables_that_are_not_audited_are_these_and_say_why(service: str) -> None:
    models = import_module(f"services.{service}.models")
    tables = {table.name for metadata in models.metadata for table in metadata.tables.values()}
    classes = [
        mapper.class_
        for registry in {base.registry for base in _bases(models.metadata)}
        for mapper in registry.mappers
        if mapper.local_table.name in tables
    ]
    assert {one.__name__ for one in classes if not is_audited(one)} == EXEMPT[service]
    assert all(issubclass(one, Audited) for one in classes)
    assert {one.__table__.name for one in classes} == tables


def _bases(metadata: tuple[object, ...]) -> list[type]:
    return [base for base in Audited.__subclasses__() if base.__dict__.get("metadata") in metadata]
