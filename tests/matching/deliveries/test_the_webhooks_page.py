"""docs/webhooks.md is true: its code verifies real deliveries, its example is an event, its figures the settings."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from services.matching.settings import Settings
from shared.contracts.codes import Role
from shared.contracts.matching import PairingPayload
from tests.matching.deliveries.conftest import Push, eventually
from tests.matching.deliveries.receivers import Received

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
A_FEW_KB = 65_536


def block(kind: str) -> str:
    """Return the only block of a kind."""
    [found] = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.S | re.M)
    return str(found)


def run(kind: str, **names: Any) -> dict[str, Any]:
    """Run a block of Python with names given, and return the names it leaves."""
    exec(block(f"python {kind}"), names)  # noqa: S102
    return names


async def deliver(push: Push) -> tuple[str, Received]:
    subscriber = await push.subscriber()
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
    return subscriber.secret, subscriber.receiver.accepted[0]


async def test_the_verifier_of_the_page_knows_a_real_delivery_from_a_forged_one(push: Push) -> None:
    secret, received = await deliver(push)
    verify = run("verify")["verify"]
    verify(secret, received.headers, received.body)
    assert len(received.body) < A_FEW_KB
    more = received.headers | {"webhook-signature": "v1,bm9uZQ== " + received.headers["webhook-signature"]}
    verify(secret, more, received.body)
    forged = [
        (received.headers, received.body.replace("苦荞".encode(), "甜荞".encode())),
        (received.headers | {"webhook-id": "another"}, received.body),
        (received.headers | {"webhook-timestamp": str(int(time.time()) - 301)}, received.body),
        (received.headers | {"webhook-signature": "v1,bm9uZQ=="}, received.body),
    ]
    for headers, body in forged:
        with pytest.raises(ValueError, match="sign"):
            verify(secret, headers, body)


async def test_the_library_of_the_page_verifies_a_real_delivery(push: Push) -> None:
    secret, received = await deliver(push)
    assert run("library", secret=secret, body=received.body, headers=received.headers)["event"] == received.event
    with pytest.raises(WebhookVerificationError):
        run("library", secret=secret, body=received.body + b" ", headers=received.headers)


async def test_the_example_of_the_page_has_the_shape_of_a_real_event(push: Push) -> None:
    _, received = await deliver(push)
    example = json.loads(block("json"))
    assert example.keys() == received.event.keys()
    assert {name: example[name] for name in ("specversion", "source", "datacontenttype")} == {
        name: received.event[name] for name in ("specversion", "source", "datacontenttype")
    }
    assert received.event["data"].keys() <= example["data"].keys() <= PairingPayload.model_fields.keys()
    PairingPayload.model_validate(example["data"])
    assert f"content-type: {received.headers['content-type']}" in PAGE


async def test_the_wishes_of_the_page_are_wishes_that_one_may_have(push: Push) -> None:
    caller = push.call(Role.RURAL_OFFICER, division="513431000000")
    made = await caller.post("/matching/v1/subscriptions", json=json.loads(block("json wishes")))
    assert made.status_code == 201, made.text


def test_the_figures_of_the_page_are_the_settings() -> None:
    fields = Settings.model_fields
    waits = [float(wait) for wait in re.findall(r"^\| \d+ \| (\d+) \|", PAGE, re.M)]
    assert waits == fields["push_retry_seconds"].default
    figures = re.findall(r"^\| `MATCHING_(\w+)` \| (\d+) \|", PAGE, re.M)
    assert len(figures) == 6
    for name, shown in figures:
        assert float(shown) == fields[name.lower()].default, name
