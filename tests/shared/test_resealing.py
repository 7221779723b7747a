"""A new data key: everything sealed is sealed anew, in batches, and no reader notices."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import insert, select, update

from shared import clock, resealing
from shared.idempotency import IdempotencyKey, answer_purpose
from shared.resealing import ANSWERS, reseal
from shared.sealing import Sealer
from shared.settings import CommonSettings, DataKey
from shared.testing import SECRET_KEY, Postgres

NEW = ("2026-11", b"n" * 32)
OLD = Sealer(SECRET_KEY)
FRESH = Sealer(SECRET_KEY, data_keys=[NEW], algorithm="sm4gcm")


def answer(number: int, sealer: Sealer) -> dict[str, Any]:
    sealed = sealer.seal(b"body", purpose=answer_purpose("somebody", f"key-{number}"))
    return {
        "subject": "somebody", "key": f"key-{number}", "fingerprint": "", "status": 201, "headers": {},
        "body": sealed.encode(), "created_at": clock.now() - timedelta(minutes=number),
    }  # fmt: skip


async def test_everything_is_sealed_anew_and_a_second_run_finds_nothing_left(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 3)
    async with postgres.savepoints("registry") as database:
        async with database.transaction() as session:
            await session.execute(insert(IdempotencyKey), [answer(number, OLD) for number in range(8)])
            await session.execute(insert(IdempotencyKey), [answer(8, FRESH)])
        done = await reseal(database, FRESH, [ANSWERS])
        assert (done.resealed, done.unreadable) == (8, 0)
        async with database.transaction() as session:
            for row in (await session.execute(select(IdempotencyKey))).scalars():
                assert row.body.startswith(FRESH.mark.encode())
                assert FRESH.open(row.body.decode(), purpose=answer_purpose(row.subject, row.key)) == b"body"
        assert (await reseal(database, FRESH, [ANSWERS])).resealed == 0


async def test_what_no_known_key_opens_is_counted_and_left_alone(postgres: Postgres) -> None:
    lost = Sealer(SECRET_KEY, data_keys=[("lost", b"l" * 32)])
    async with postgres.savepoints("registry") as database:
        async with database.transaction() as session:
            await session.execute(insert(IdempotencyKey), [answer(1, lost), answer(2, OLD)])
        done = await reseal(database, FRESH, [ANSWERS])
        assert (done.resealed, done.unreadable) == (1, 1)
        async with database.transaction() as session:
            await session.execute(update(IdempotencyKey).values(created_at=clock.now()))
            kept = (await session.get(IdempotencyKey, ("somebody", "key-1"))).body  # type: ignore[union-attr]
        assert kept.startswith(b"aesgcm.lost.")


@pytest.mark.parametrize("service", ["registry", "projects", "matching"])
def test_no_sealed_column_is_forgotten(service: str) -> None:
    import importlib

    models = importlib.import_module(f"services.{service}.models")
    sealed = {
        f"{table.name}.{column.name}"
        for metadata in models.metadata
        for table in metadata.tables.values()
        for column in table.columns
        if "sealed" in column.name
    }
    known = {f"{one.model.__tablename__}.{one.column}" for one in models.SEALED}
    assert known == sealed | {"idempotency_keys.body"}


def test_the_settings_name_the_keys_and_the_first_one_seals() -> None:
    keys = [DataKey(id=name, secret=SecretStr(base64.b64encode(bytes([n]) * 32).decode())) for n, name in
            enumerate(("newer", "older"))]  # fmt: skip
    common = CommonSettings(secret_key=SecretStr(SECRET_KEY), data_keys=keys)
    sealed = common.sealer().seal(b"x", purpose="p")
    assert sealed.startswith("aesgcm.newer.")
    turned = CommonSettings(secret_key=SecretStr(SECRET_KEY), data_keys=keys[::-1], data_algorithm="sm4gcm").sealer()
    assert turned.open(sealed, purpose="p") == b"x"
    assert turned.seal(b"x", purpose="p").startswith("sm4gcm.older.")
    assert turned.open(OLD.seal(b"from before", purpose="p"), purpose="p") == b"from before"
    assert turned.hash("secret") == OLD.hash("secret")


@pytest.mark.parametrize(
    "keys",
    [
        [{"id": "k", "secret": "dG9vIHNob3J0"}],  # pragma: allowlist secret
        [{"id": "k", "secret": "not base64!"}],  # pragma: allowlist secret
        [{"id": "UPPER.CASE", "secret": base64.b64encode(b"x" * 32).decode()}],
        [{"id": "k", "secret": base64.b64encode(b"x" * 32).decode()}] * 2,
    ],
)
def test_a_wrong_key_is_refused_and_not_repeated(keys: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        CommonSettings(secret_key=SecretStr(SECRET_KEY), data_keys=keys)
    messages = str([detail["msg"] for detail in refused.value.errors(include_input=False)])
    assert keys[0]["secret"] not in messages
