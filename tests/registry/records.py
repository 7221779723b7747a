"""What the tests of registry put on record: divisions, and organizations over HTTP."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import insert

from services.registry.divisions.models import Division
from services.registry.reference.reading import read_division_facts
from shared.china.uscc import compute_check_character
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.testing import Call, Caller

SICHUAN, MIANYANG, SANTAI, ZHAOJUE, ZHEJIANG, NATIONAL = (
    "510000000000",
    "510700000000",
    "510722000000",
    "513431000000",
    "330000000000",
    "100000000000",
)
OLD_COUNTY = "510113100000"
PATH = "/registry/v1/organizations"


async def load_counties(database: Database) -> None:
    """Put the divisions down to the county on record, and the towns of one county."""
    async with database.transaction() as session:
        await session.execute(insert(Division).execution_options(audit="a test"), _county_rows())


@cache
def _county_rows() -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "version": 1,
            "code": fact.code,
            "name": fact.name,
            "full_name": fact.full_name,
            "parent_code": fact.parent_code,
            "level": fact.level,
            "last_valid_on": fact.last_valid_on,
            "successor_codes": list(fact.successor_codes),
            "former_names": list(fact.former_names),
            "source": fact.source,
        }
        for fact in read_division_facts(towns_under="513431")
    ]


async def add_divisions(database: Database, *codes: str, last_valid_on: date | None = None) -> None:
    """Put single divisions on record."""
    async with database.transaction() as session:
        session.add_all(
            Division(
                code=code, name=f"区划{code}", full_name=f"区划{code}", level="county", source="test", designations=[],
                last_valid_on=last_valid_on,
            )
            for code in codes
        )  # fmt: skip


def credit_code(number: int, *, category: str = "52", division: str = "510722") -> str:
    """Return a credit code whose check character fits; the subject code is made up."""
    first = f"{category}{division}MJ{number:07d}"
    return first + compute_check_character(first)


def organization_body(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the body of a new organization of 三台县."""
    return {
        "name": f"三台县乡村助学服务中心第{number}所",
        "credit_code": credit_code(number),
        "type": "service_agency",
        "level": "county",
        "is_legal_person": True,
        "registered_division": SANTAI,
        "registrar": "三台县民政局",
        "charter_scope": "助学、支教",
        "founded_on": "2015-03-01",
    } | changes


def officer(call: Call, division: str = SANTAI, sub: str | None = None) -> Caller:
    """Return a civil affairs officer of a division."""
    return call(Role.CIVIL_AFFAIRS_OFFICER, division=division, sub=sub or f"civil-affairs-{division}")


async def create(caller: Caller, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Put an organization on record and return it as answered."""
    answer = await caller.post(PATH, json=organization_body(number, **changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def if_match(thing: dict[str, Any]) -> dict[str, str]:
    """Return the header that says which version was seen."""
    return {"If-Match": f'"{thing["version"]}"'}


async def activate(caller: Caller, organization: dict[str, Any]) -> dict[str, Any]:
    """Activate an organization and return it."""
    answer = await caller.post(f"{PATH}/{organization['id']}/activate", headers=if_match(organization))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
