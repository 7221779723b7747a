"""The parties of grants, on registry in savepoints."""

import pytest

from shared.testing import Call
from tests.registry.grants.granting import Parties, make_parties


@pytest.fixture
async def parties(call: Call, places: None) -> Parties:
    return await make_parties(call)
