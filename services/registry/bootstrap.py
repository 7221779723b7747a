"""What is done from the command line: first clients, reference tables and new keys; all may be run again."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

import services.registry.models  # noqa: F401  (whoever inserts a row must know every table that it refers to)
from services.registry.api_clients.actions import ensure_api_client
from services.registry.api_clients.schemas import ApiClientCreate
from services.registry.divisions.actions import is_loaded, load_divisions
from services.registry.reference.reading import digest_of_tables, read_division_facts
from services.registry.tokens.actions import replace_signing_keys, rotate_signing_keys
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
            await ensure_api_client(session, command=command, secret=secret, sealer=sealer, at=clock.now())
    return len(clients)


async def rotate_keys(database: Database, sealer: Sealer, *, longest_token: timedelta, leaked: bool = False) -> str:
    """Let the next signing key take over, or replace all of them because they have leaked; return what was done."""
    async with database.transaction() as session:
        if leaked:
            key = await replace_signing_keys(session, sealer=sealer, at=clock.now())
            return f"全部签名密钥已更换,所有令牌失效 · all keys are replaced, every token ends; {key.kid} signs"
        taking_over = await rotate_signing_keys(session, sealer=sealer, longest_token=longest_token, at=clock.now())
        if taking_over is None:
            return "上次轮换尚未生效,请稍后再试 · the last rotation has not taken effect yet: nothing done"
        return f"{taking_over.kid} 将自 {taking_over.signs_from} 起签名 · signs from then on"


async def load_reference(database: Database, *, towns_under: str = "") -> int:
    """Bring the divisions to the state of the reference tables; return how many were added or changed."""
    digest = digest_of_tables(towns_under=towns_under)
    async with database.transaction() as session:
        if await is_loaded(session, digest=digest):
            return 0
    facts = await asyncio.to_thread(read_division_facts, towns_under=towns_under)
    async with database.transaction() as session:
        return await load_divisions(session, facts=facts, digest=digest, today=clock.today(), towns_under=towns_under)
