"""What is sent is verified by the libraries that partners use, with either secret, and what was changed is refused."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.matching.deliveries.conftest import Push, Subscriber, eventually
from tests.matching.deliveries.receivers import Received

pytestmark = pytest.mark.real_commits
PARTNER = Path(__file__).parents[2] / "partner"
NODE = shutil.which("node")
LIBRARIES = ("standardwebhooks", "svix")
needs_node = pytest.mark.skipif(
    NODE is None or not all((PARTNER / "node_modules" / one).is_dir() for one in LIBRARIES),
    reason="node and the packages of tests/partner are not here: npm ci --prefix tests/partner",
)
FOREIGN_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()  # pragma: allowlist secret


@dataclass(frozen=True)
class Case:
    """A webhook as it reaches a receiver who knows one secret, and whether it is genuine."""

    what: str
    secret: str
    headers: dict[str, str]
    body: bytes
    genuine: bool


Judge = Callable[[Sequence[Case]], list[bool]]


def judge_in_python(cases: Sequence[Case]) -> list[bool]:
    def accepts(case: Case) -> bool:
        try:
            Webhook(case.secret).verify(case.body, case.headers)
        except WebhookVerificationError:
            return False
        return True

    return [accepts(case) for case in cases]


def judge_in_node(library: str) -> Judge:
    def judge(cases: Sequence[Case]) -> list[bool]:
        given = [
            {"secret": case.secret, "headers": case.headers, "body": base64.b64encode(case.body).decode()}
            for case in cases
        ]
        answer = subprocess.run(
            [str(NODE), "verify.js"], cwd=PARTNER, input=json.dumps(given), capture_output=True, text=True, check=True
        )
        return [bool(one) for one in json.loads(answer.stdout)[library]]

    return judge


def cases_of(got: Received, *, old: str, new: str) -> list[Case]:
    """Return a delivery that two secrets signed, as it came and changed in every way."""
    headers = {name: value for name, value in got.headers.items() if name.startswith("webhook-")}
    by_new, by_old = headers["webhook-signature"].split()
    strange = "v1a,bm90IGZvciB1cw== v2,AAAA"

    def case(what: str, genuine: bool, secret: str = new, body: bytes = got.body, **changed: str) -> Case:
        renamed = {f"webhook-{name}": value for name, value in changed.items()}
        return Case(what, secret, headers | renamed, body, genuine)

    return [
        case("by the new secret", True),
        case("by the old secret", True, secret=old),
        case("tokens of other kinds before it", True, signature=f"{strange} {by_new}"),
        case("tokens of other kinds behind it", True, secret=old, signature=f"{by_old} {strange}"),
        case("the signature of the other secret alone", False, secret=old, signature=by_new),
        case("tokens of other kinds alone", False, signature=strange),
        case("another secret", False, secret=FOREIGN_SECRET),
        case("a changed body", False, body=got.body.replace("苦荞".encode(), "甜荞".encode())),
        case("a body with a space more", False, body=got.body + b" "),
        case("another id", False, id="019ac0f2-6a51-7c3e-9d0b-3f5e8a1c2b4d"),
        case("signed too long ago", False, **signed_at(got, new, seconds_from_now=-301)),
        case("signed ahead of time", False, **signed_at(got, new, seconds_from_now=600)),
        case("another instant", False, timestamp=str(int(headers["webhook-timestamp"]) - 1)),
    ]


def signed_at(got: Received, secret: str, *, seconds_from_now: int) -> dict[str, str]:
    """Return the headers of the same request, rightly signed at another time."""
    at = datetime.now(UTC) + timedelta(seconds=seconds_from_now)
    signature = Webhook(secret).sign(got.webhook_id, at, got.body.decode())
    return {"timestamp": str(int(at.timestamp())), "signature": signature}


async def deliver_during_a_rotation(push: Push) -> tuple[Subscriber, str, Received]:
    subscriber = await push.subscriber()
    path = f"/matching/v1/subscriptions/{subscriber.subscription['id']}/rotate-secret"
    new = str((await subscriber.caller.post(path)).json()["secret"])
    await push.publish(subscriber, "proposed")
    async with push.working():
        await eventually(lambda: subscriber.receiver.accepted)
    return subscriber, new, subscriber.receiver.accepted[0]


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param(judge_in_python, id="PyPI standardwebhooks"),
        *(pytest.param(judge_in_node(one), id=f"npm {one}", marks=needs_node) for one in LIBRARIES),
    ],
)
async def test_libraries_of_partners_verify_what_is_genuine_and_refuse_the_rest(push: Push, judge: Judge) -> None:
    subscriber, new, got = await deliver_during_a_rotation(push)
    cases = cases_of(got, old=subscriber.secret, new=new)
    verdicts = dict(zip((case.what for case in cases), judge(cases), strict=True))
    assert verdicts == {case.what: case.genuine for case in cases}
