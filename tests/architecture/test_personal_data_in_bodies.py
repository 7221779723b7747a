"""No text that a caller sends is kept unread: each is checked for personal data, or has a form of its own."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from services.matching.main import create_app as create_matching
from services.matching.settings import Settings as MatchingSettings
from services.projects.main import create_app as create_projects
from services.projects.settings import Settings as ProjectsSettings
from services.registry.main import create_app as create_registry
from services.registry.settings import Settings as RegistrySettings
from shared.settings import CommonSettings
from shared.workbooks.cells import read_cell
from shared.workbooks.template import Column, Kind

PROBES = (
    "13800138000", "电话13800138000", "1 3 8 0 0 1 3 8 0 0 0", "11010519491231002x", "11010519491231002X",
    "user1@example.com", "0816-2345678", "6222020000000000000",
)  # fmt: skip
CONTACTS = {"person", "phone", "email"}
"""What a contact is made of: kept sealed, and of the class ``sides``."""
NO_TEXT = {"endpoint"}
"""An address of a machine, shown to nobody but its owner."""
FORMS = {
    ("POST", "/registry/v1/tokens"): "credentials, which are compared and not kept",
    ("POST", "/registry/v1/portal-tokens"): "a ticket of a portal, which is sent there and not kept",
}
UNSET = SecretStr("postgresql+asyncpg://unused")
APPS = {
    "registry": lambda common: create_registry(RegistrySettings(database_url=UNSET), common),
    "projects": lambda common: create_projects(ProjectsSettings(database_url=UNSET, client_secret=UNSET), common),
    "matching": lambda common: create_matching(MatchingSettings(database_url=UNSET, client_secret=UNSET), common),
}


@pytest.fixture(scope="module", params=APPS)
def app(request: pytest.FixtureRequest, common: CommonSettings) -> FastAPI:
    made: FastAPI = APPS[request.param](common)
    return made


def bodies(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Yield where each body parameter belongs and its annotation."""
    for route in routes(app):
        if any((method, route.path) in FORMS for method in route.methods or ()):
            continue
        for field in route.dependant.body_params:
            yield f"{sorted(route.methods or ())} {route.path}", field.field_info.annotation


def routes(app: FastAPI) -> Iterator[APIRoute]:
    pending = [*app.routes]
    while pending:
        one = pending.pop()
        if isinstance(one, APIRoute):
            yield one
        elif (inner := getattr(one, "original_router", None)) is not None:
            pending += inner.routes


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(annotation):
        yield from models_in(part)


def holds_text(annotation: Any) -> bool:
    return annotation is str or any(holds_text(part) for part in get_args(annotation))


def takes(annotation: Any, field: FieldInfo, value: str) -> bool:
    whole: Any = Annotated[(annotation, *field.metadata)] if field.metadata else annotation
    for candidate in (value, [value]):
        try:
            TypeAdapter(whole).validate_python(candidate)
        except ValidationError:
            continue
        return True
    return False


def test_every_text_of_a_body_refuses_personal_data(app: FastAPI) -> None:
    found = {model: where for where, annotation in bodies(app) for model in models_in(annotation)}
    assert found
    open_fields = [
        f"{where} {model.__name__}.{name} takes {probe}"
        for model, where in found.items()
        for name, field in model.model_fields.items()
        if name not in CONTACTS | NO_TEXT and holds_text(field.annotation)
        for probe in PROBES
        if takes(field.annotation, field, probe)
    ]
    assert not open_fields, "\n".join(open_fields)


def test_a_text_without_a_check_would_be_found() -> None:
    class Unchecked(BaseModel):
        note: str | None = None
        notes: list[str] = []

    for field in Unchecked.model_fields.values():
        assert holds_text(field.annotation)
        assert takes(field.annotation, field, PROBES[0])


def test_only_contacts_and_receivers_of_digests_say_how_a_person_is_reached(app: FastAPI) -> None:
    holders = {model.__name__ for _, annotation in bodies(app) for model in models_in(annotation)
               if CONTACTS & set(model.model_fields)}  # fmt: skip
    assert holders <= {"ContactPut", "DigestRecipientCreate"}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.INTEGER, Kind.MONEY}])
@pytest.mark.parametrize("probe", PROBES)
def test_no_cell_of_a_workbook_keeps_it_either(kind: Kind, probe: str) -> None:
    column = Column(field="field", header="列", kind=kind)
    assert read_cell(probe, column).value is None
