"""Signing keys: the next is published before it signs, and the former stays until its tokens have run out."""

from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

from services.registry.bootstrap import rotate_keys
from services.registry.tokens import actions
from services.registry.tokens.models import SigningKey
from shared import clock
from shared.db import Database
from shared.sealing import Sealer
from shared.testing import SECRET_KEY, SavepointDatabase

LIFE = timedelta(hours=1)
SEALER = Sealer(SECRET_KEY)
START = clock.now()


async def published(database: Database, at: datetime) -> list[str]:
    async with database.transaction() as session:
        return [key["kid"] for key in (await actions.read_keys(session, sealer=SEALER, at=at))["keys"]]


async def sign(database: Database, at: datetime) -> str:
    """Return a token given out at a time."""
    async with database.transaction() as session:
        token, _ = await actions.sign_token(
            session, claims={"sub": "x"}, issuer="i", ends_at=at + LIFE, sealer=SEALER, at=at
        )
        return token


async def signer(database: Database, at: datetime) -> str:
    """Return the key of a token given out at a time, after its signature was checked with what is published then."""
    async with database.transaction() as session:
        document = await actions.read_keys(session, sealer=SEALER, at=at)
    return str(
        jwt.decode(await sign(database, at), KeySet.import_key_set(document), algorithms=["Ed25519"]).header["kid"]
    )


async def rotate(database: Database, at: datetime, older_than: timedelta = timedelta()) -> bool:
    async with database.transaction() as session:
        done = await actions.rotate_signing_keys(
            session, sealer=SEALER, longest_token=LIFE, at=at, older_than=older_than
        )
    return done is not None


async def test_two_keys_are_live_from_the_beginning_and_one_of_them_signs(database: SavepointDatabase) -> None:
    live = await published(database, START)
    assert len(live) == 2
    assert {await signer(database, START) for _ in range(3)} < set(live)
    assert set(await published(database, START)) == set(live)


async def test_the_published_key_takes_over_and_the_former_stays_for_its_tokens(database: SavepointDatabase) -> None:
    before, first = set(await published(database, START)), await signer(database, START)
    (second,) = before - {first}
    later = START + timedelta(days=30)
    assert await rotate(database, later)
    assert await signer(database, later) == second
    live = await published(database, later)
    assert len(live) == 3, "the former, the present and the next"
    assert before < set(live)
    ends = later + LIFE
    assert first in await published(database, ends)
    assert first not in await published(database, ends + timedelta(minutes=3))


async def test_a_key_signs_only_when_it_was_published_long_enough(database: SavepointDatabase) -> None:
    first = await signer(database, START)
    (second,) = set(await published(database, START)) - {first}
    assert await rotate(database, START + timedelta(minutes=1))
    assert not await rotate(database, START + timedelta(minutes=2)), "the last rotation has not taken effect"
    assert await signer(database, START + timedelta(minutes=9)) == first
    assert await signer(database, START + timedelta(minutes=11)) == second


async def test_the_job_rotates_in_its_time_and_deletes_what_nobody_needs(database: SavepointDatabase) -> None:
    first, month = await signer(database, START), timedelta(days=30)
    assert not await rotate(database, START + timedelta(days=29), month)
    assert await rotate(database, START + month, month)
    assert not await rotate(database, START + month + timedelta(hours=1), month)
    assert not await rotate(database, START + month + timedelta(hours=2), month)
    async with database.transaction() as session:
        kept = [row.kid for row in await session.execute(text("select kid from signing_keys"))]
    assert first not in kept
    assert len(kept) == 2


@pytest.mark.parametrize("leaked", [False, True])
async def test_the_command_says_what_it_did(database: SavepointDatabase, leaked: bool) -> None:
    before = set(await published(database, clock.now()))
    done = await rotate_keys(database, SEALER, longest_token=LIFE, leaked=leaked)
    after = set(await published(database, clock.now()))
    assert any(kid in done for kid in after)
    assert not before & after if leaked else before < after
    if not leaked:
        assert "nothing done" in await rotate_keys(database, SEALER, longest_token=LIFE)


def test_a_key_that_stopped_signing_stays_published_no_longer_when_it_is_told_again() -> None:
    key = SigningKey(retired_at=None, published_until=None)
    key.retire(at=START, longest_token=LIFE)
    ends = key.published_until
    key.retire(at=START + LIFE, longest_token=LIFE)
    assert (key.retired_at, key.published_until) == (START, ends)
