"""The tiny service's database with its owner, who can do to the audit log what the app role cannot."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.audit.keys import AuditKey, KeyRing
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY


@pytest.fixture
async def owner(tiny: Database, tiny_access: DatabaseAccess) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(tiny_access.owner_dsn)
    yield engine
    await engine.dispose()


@pytest.fixture
def audit_key() -> AuditKey:
    return AuditKey(SECRET_KEY)


@pytest.fixture
def keys(common: CommonSettings) -> KeyRing:
    return KeyRing(common)
