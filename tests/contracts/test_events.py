"""What crosses the boundary of a service changes by addition only, and stored events can be read for ever."""

import copy
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from deploy.write_docs import event_types
from shared.contracts import matching, projects, registry
from tests.contracts.golden import MODULES, describe, place

Schema = dict[str, Any]


def breaks(agreed: Schema, present: Schema, where: str = "") -> Iterator[str]:
    """Name what a reader or a stored event of the agreed schema would miss."""
    properties = present.get("properties", {})
    for name, old in agreed.get("properties", {}).items():
        if name not in properties:
            yield f"{where}/{name} is gone"
        else:
            yield from differs(old, properties[name], f"{where}/{name}")
    for name in set(agreed.get("required", [])) - set(present.get("required", [])):
        yield f"{where}/{name} may now be missing"
    for name in set(present.get("required", [])) - set(agreed.get("required", [])):
        yield f"{where}/{name} is now required, and older events lack it"
    for name, old in agreed.get("$defs", {}).items():
        if name not in present.get("$defs", {}):
            yield f"{where}#{name} is gone"
        elif "enum" in old:
            missing = set(old["enum"]) - set(present["$defs"][name].get("enum", []))
            yield from (f"{where}#{name} lost the code {code}" for code in sorted(missing))
        else:
            yield from breaks(old, present["$defs"][name], f"{where}#{name}")


def differs(old: Schema, new: Schema, where: str) -> Iterator[str]:
    texts = {"description", "title", "default"}
    if {key: value for key, value in old.items() if key not in texts} != {
        key: value for key, value in new.items() if key not in texts
    }:
        yield f"{where} has another type"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_events_change_by_addition_only(module: ModuleType) -> None:
    agreed = json.loads(place(module).read_text(encoding="utf-8"))
    present = describe(module)
    assert set(agreed) <= set(present)
    found = [fault for name in agreed for fault in breaks(agreed[name], present[name], name)]
    assert not found, "\n".join(found)


def remove_field(schema: Schema) -> None:
    del schema["properties"]["status"]


def require_more(schema: Schema) -> None:
    schema["required"].append("another")


def require_less(schema: Schema) -> None:
    schema["required"].remove("status")


def change_type(schema: Schema) -> None:
    schema["properties"]["title"]["type"] = "integer"


def drop_code(schema: Schema) -> None:
    schema["$defs"]["FieldCode"]["enum"].pop()


@pytest.mark.parametrize("change", [remove_field, require_more, require_less, change_type, drop_code])
def test_a_change_that_is_no_addition_is_seen(change: Callable[[Schema], None]) -> None:
    agreed = describe(projects)["DemandSnapshot"]
    changed = copy.deepcopy(agreed)
    change(changed)
    assert list(breaks(agreed, changed))


def test_an_addition_is_no_break() -> None:
    agreed = describe(projects)["DemandSnapshot"]
    added = copy.deepcopy(agreed)
    added["properties"]["another"] = {"type": "string", "default": ""}
    added["$defs"]["FieldCode"]["enum"].append("another")
    assert not list(breaks(agreed, added))


@pytest.mark.parametrize("module", [registry, projects, matching], ids=lambda module: module.__name__)
def test_event_types_name_their_service_and_their_version(module: ModuleType) -> None:
    types = event_types(module)
    assert types
    assert len(set(types)) == len(types)
    service = module.__name__.rpartition(".")[2]
    assert {one.split(".")[0] for one in types} <= {service, "platform"}
    assert all(one.endswith(".v1") for one in types)


def test_no_event_carries_a_contact_or_a_persons_name() -> None:
    personal = {"contact", "phone", "mobile", "email", "legal_representative", "id_number", "address", "person"}
    for module in MODULES:
        for name, schema in describe(module).items():
            assert not personal & set(schema.get("properties", {})), name
