"""A province's own identity provider lets its people in: shown with a real OpenID Connect provider process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from shared.auth.issuers import believed_issuers
from shared.auth.tokens import TokenVerifier
from shared.db import Database
from shared.processes import start_child, stop_child
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY, Caller
from tests.platform import free_ports
from tests.shared.tiny_app import build_tiny

PEOPLE = (
    {"sub": "li", "dept": {"posts": ["公务员", "县农业农村局经办"]}, "region": "513431"},
    {"sub": "wang", "dept": {"posts": ["公务员"]}, "region": "513431"},
)
CALLBACK = "http://front.test/callback"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the provider as a process of its own and give its address."""
    (port,) = free_ports(1)
    url, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("provider") / "log"
    arguments = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    for one in PEOPLE:
        arguments += ["--user-claims", json.dumps(one)]
    with log.open("wb") as stream:
        process: subprocess.Popen[bytes] = start_child(
            arguments, env={"PATH": os.defpath, "NO_COLOR": "1"}, cwd=Path.cwd(), stdout=stream, stderr=stream
        )
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            try:
                httpx.get(f"{url}/jwks", timeout=2).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        stop_child(process, grace_seconds=5)


def log_in(provider: str, person: str, client: str = "xiangqiao") -> str:
    """Go the way of a browser and of the front-end behind it, and return the ID token (OpenID Connect Core 3.1)."""
    places = httpx.get(f"{provider}/.well-known/openid-configuration").json()
    asked = {"client_id": client, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    sent_back = httpx.post(places["authorization_endpoint"], params=asked, data={"sub": person})
    code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    answer = httpx.post(places["token_endpoint"], data=form, auth=(client, "any secret"))
    token: str = answer.raise_for_status().json()["id_token"]
    return token


async def test_its_people_come_in_as_what_their_claims_are_mapped_to(
    tiny: Database, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {
        "issuer": provider,
        "jwks_url": f"{provider}/jwks",
        "algorithms": ["RS256"],
        "claims": {"role": "dept.posts", "division": "region"},
        "roles": {"县农业农村局经办": "rural_officer"},
    }
    monkeypatch.setenv("XIANGQIAO_ISSUERS", json.dumps([named]))
    monkeypatch.setenv("XIANGQIAO_SECRET_KEY", SECRET_KEY)
    common = CommonSettings()
    verifier = TokenVerifier(believed_issuers(common))
    app = build_tiny(tiny, common, verifier)
    token = log_in(provider, "li")
    created = await Caller(app, token).post("/tiny/v1/things", json={"name": "x"})
    assert created.status_code == 201
    principal = await verifier.verify(token)
    assert (principal.subject, principal.prefix) == (f"{provider}#li", "513431")
    for refused in (log_in(provider, "wang"), log_in(provider, "li", client="another-application")):
        assert (await Caller(app, refused).get("/tiny/v1/things")).status_code == 401
