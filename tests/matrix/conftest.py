"""The three services with their objects, for the tests of the matrix alone; and what the matrix found, once."""

from collections.abc import AsyncIterator

import pytest

from shared.settings import CommonSettings
from shared.testing import Postgres, TestIssuer
from tests.matrix.expected import RULES, SECRETS
from tests.matrix.judging import Judge, Report
from tests.matrix.opening import Opened, open_all


@pytest.fixture(scope="package")
async def opened(postgres: Postgres, issuer: TestIssuer, common: CommonSettings) -> AsyncIterator[dict[str, Opened]]:
    async with open_all(postgres, issuer, common) as services:
        yield services


@pytest.fixture(scope="package")
async def report(opened: dict[str, Opened]) -> Report:
    found = Report()
    for service, rules in RULES.items():
        await Judge(opened[service], SECRETS[service], found).judge(rules)
    return found
