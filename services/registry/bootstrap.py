"""Create the first administrators and the services' clients from a file; it may be run again and again."""

import asyncio
import json
from pathlib import Path

from pydantic import Field, SecretStr

from services.registry.api_clients.actions import ensure_api_client
from services.registry.api_clients.schemas import ApiClientCreate
from services.registry.divisions.actions import is_loaded, load_divisions
from services.registry.reference.reading import digest_of_tables, read_division_facts
from shared import clock
from shared.db import Database
from shared.sealing import Sealer


class BootstrapClient(ApiClientCreate):
    """A client of the file, with its secret."""

    client_secret: SecretStr = Field(min_length=32)


def read_clients(file: Path) -> list[BootstrapClient]:
    """
    Read a JSON list of clients.

    :raises ValidationError: if the file does not hold one
    """
    return [BootstrapClient.model_validate(one) for one in json.loads(file.read_text(encoding="utf-8"))]


async def bootstrap_clients(database: Database, sealer: Sealer, clients: list[BootstrapClient]) -> int:
    """Create or set right every client of the list, all or none; return how many."""
    async with database.transaction() as session:
        for client in clients:
            command = ApiClientCreate.model_validate(client.model_dump(exclude={"client_secret"}))
            secret = client.client_secret.get_secret_value()
            await ensure_api_client(session, command=command, secret=secret, sealer=sealer)
    return len(clients)


async def load_reference(database: Database, *, towns_under: str = "") -> int:
    """Bring the divisions to the state of the reference tables; return how many were added or changed."""
    digest = digest_of_tables(towns_under=towns_under)
    async with database.transaction() as session:
        if await is_loaded(session, digest=digest):
            return 0
    facts = await asyncio.to_thread(read_division_facts, towns_under=towns_under)
    async with database.transaction() as session:
        return await load_divisions(session, facts=facts, digest=digest, today=clock.today(), towns_under=towns_under)
