"""What registry does is in its audit log: its clients, its keys, and what its officers do."""

from uuid import UUID

from services.registry.api_clients.actions import disable_api_client, ensure_api_client
from services.registry.api_clients.schemas import ApiClientCreate
from services.registry.tokens.actions import read_keys, replace_signing_keys
from shared import clock
from shared.audit.models import Effect
from shared.contracts.codes import Role
from shared.logs import doing
from shared.sealing import Sealer
from shared.testing import SECRET_KEY, Call, SavepointDatabase
from tests.shared.audit.log import entries_of

SECRET = "a secret of thirty-two characters or more"  # pragma: allowlist secret


async def test_a_client_created_and_disabled_leaves_two_entries_and_none_of_its_secret(
    database: SavepointDatabase,
) -> None:
    command = ApiClientCreate.model_validate({"client_id": "office", "name": "办公室", "role": "provincial_officer"})
    token = doing.set("bootstrap")
    async with database.transaction() as session:
        await ensure_api_client(session, command=command, secret=SECRET, sealer=Sealer(SECRET_KEY), at=clock.now())
    async with database.transaction() as session:
        client = await disable_api_client(session, client_id="office", at=clock.now())
    doing.reset(token)
    entries = await entries_of(database)
    created, disabled = [entry for entry in entries if entry.object_type == "api_clients"]
    assert (created.subject, created.action) == ("platform", "bootstrap")
    assert (disabled.effect, disabled.fields) == (Effect.CHANGED, ["disabled_at"])
    assert UUID(disabled.object_id) == client.id
    assert disabled.hash_before == created.hash_after != disabled.hash_after
    (secret,) = [entry for entry in entries if entry.object_type == "api_client_secrets"]
    assert "secret_hash" in secret.fields


async def test_new_signing_keys_leave_an_entry_each_a_second_look_none_and_forgotten_ones_another(
    database: SavepointDatabase,
) -> None:
    counts = []
    for _ in range(2):
        async with database.transaction() as session:
            await read_keys(session, sealer=Sealer(SECRET_KEY), at=clock.now())
        counts.append(len(await entries_of(database)))
    assert counts[0] == counts[1] > 0
    async with database.transaction() as session:
        await replace_signing_keys(session, sealer=Sealer(SECRET_KEY), at=clock.now())
    entries = await entries_of(database)
    assert {entry.object_type for entry in entries} == {"signing_keys"}
    assert [entry.effect for entry in entries].count(Effect.DELETED) == counts[0]


async def test_only_the_audit_administrator_reads_the_log_of_registry(call: Call) -> None:
    for role in Role:
        answer = await call(role).get("/registry/v1/audit-entries")
        assert answer.status_code == (200 if role is Role.AUDIT_ADMINISTRATOR else 403), role
