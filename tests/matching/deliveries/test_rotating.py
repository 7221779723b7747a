"""A secret is replaced without an outage: for a while both sign, and then the old one does not any more."""

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from services.matching.subscriptions.actions import forget_previous_secrets
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.audit.models import AuditEntry
from shared.contracts.codes import Role
from shared.contracts.matching import DisabledReason
from shared.db import new_id
from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.receivers import Received

pytestmark = pytest.mark.real_commits


def rotation(subscriber: Subscriber) -> str:
    return f"/matching/v1/subscriptions/{subscriber.subscription['id']}/rotate-secret"


async def rotate(subscriber: Subscriber) -> str:
    answer = await subscriber.caller.post(rotation(subscriber))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["secret"])


async def sent(push: Push, subscriber: Subscriber) -> Received:
    had = len(subscriber.receiver.accepted)
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: len(subscriber.receiver.accepted) > had)
    return subscriber.receiver.accepted[-1]


def is_signed_by(secret: str, received: Received) -> bool:
    try:
        Webhook(secret).verify(received.body, received.headers)
    except WebhookVerificationError:
        return False
    return True


async def test_both_secrets_sign_until_the_old_one_ends(push: Push) -> None:
    subscriber = await push.subscriber()
    first, second = subscriber.secret, await rotate(subscriber)
    got = await sent(push, subscriber)
    assert len(got.headers["webhook-signature"].split()) == 2
    assert is_signed_by(first, got)
    assert is_signed_by(second, got)
    # A second rotation ends the first secret at once; without an overlap, the second too.
    push.set(push_secret_overlap_hours=0)
    third = await rotate(subscriber)
    got = await sent(push, subscriber)
    assert [is_signed_by(secret, got) for secret in (first, second, third)] == [False, False, True]


async def test_a_receiver_that_echoes_either_secret_finds_neither_kept(push: Push) -> None:
    secrets: list[str] = []

    async def echo(_received: Received) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, " ".join(secret.removeprefix("whsec_") for secret in secrets).encode()

    subscriber = await push.subscriber(echo)
    secrets += [subscriber.secret, await rotate(subscriber)]
    await sent(push, subscriber)
    [delivery] = await subscriber.deliveries()
    assert delivery["response_excerpt"] == "[…] […]"


async def test_a_repeated_rotation_rotates_once_and_shows_nothing(push: Push) -> None:
    subscriber, key = await push.subscriber(), {"Idempotency-Key": "rotate-it-once"}
    shown = (await subscriber.caller.post(rotation(subscriber), headers=key)).json()
    again = await subscriber.caller.post(rotation(subscriber), headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert "secret" not in again.json()
    assert "rotate-secret" in again.json()["secret_withheld"]["en"]
    assert is_signed_by(shown["secret"], await sent(push, subscriber))


async def test_a_rotation_is_recorded_and_the_old_secret_is_forgotten_after_its_time(push: Push) -> None:
    subscriber = await push.subscriber()
    await rotate(subscriber)
    until = (await subscriber.reread())["previous_secret_until"]
    assert until > clock.now().isoformat()
    async with push.database.transaction() as session:
        entries = (await session.execute(select(AuditEntry).where(AuditEntry.object_type == "subscriptions"))).scalars()
        assert "secret_sealed" in [*entries][-1].fields
        assert await forget_previous_secrets(session, at=clock.now()) == 0
    push.set(push_secret_overlap_hours=0)
    await rotate(subscriber)
    async with push.database.transaction() as session:
        assert await forget_previous_secrets(session, at=clock.now()) == 1
        stored = (await session.execute(select(Subscription))).scalar_one()
        assert (stored.previous_secret_sealed, stored.previous_secret_until) == (None, None)


async def test_nobody_rotates_another_s_secret_nor_a_disabled_one(push: Push) -> None:
    subscriber = await push.subscriber()
    stranger = push.call(Role.ORGANIZATION, organization_id=new_id())
    assert (await stranger.post(rotation(subscriber))).status_code == 404
    async with push.database.transaction() as session:
        (await session.execute(select(Subscription))).scalar_one().disable(DisabledReason.GONE, at=clock.now())
    refused = await subscriber.caller.post(rotation(subscriber))
    assert (refused.status_code, refused.json()["type"]) == (409, "/matching/problems/subscription-disabled")
