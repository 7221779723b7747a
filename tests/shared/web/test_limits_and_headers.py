"""Rate limits, the headers of safety, and which pages may call the API from a browser."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.contracts.codes import Role
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import Call, TestIssuer, caller_of
from tests.shared.tiny_app import build_tiny

PAGE = "https://xiangcun.example.gov.cn"
NUMBERS = "/tiny/v1/numbers?number=1"


@pytest.fixture
def narrow(tiny: Database, common: CommonSettings, issuer: TestIssuer) -> FastAPI:
    """Give the tiny service three requests a minute for each client and two for each address, and one page."""
    settings = {"requests_per_client": 3, "requests_per_address": 2, "allowed_origins": [PAGE]}
    return build_tiny(tiny, common.model_copy(update=settings), issuer.verifier())


@pytest.fixture
def narrow_call(narrow: FastAPI, issuer: TestIssuer) -> Call:
    return caller_of(narrow, issuer)


@pytest.fixture
async def nobody(narrow: FastAPI) -> Iterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=narrow), base_url="http://tiny") as client:
        yield client


async def test_each_client_has_its_own_quota_and_is_told_what_is_left(narrow_call: Call) -> None:
    officer, editor = narrow_call(Role.RURAL_OFFICER), narrow_call(Role.VILLAGE_EDITOR)
    answers = [await officer.get(NUMBERS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"client";q=3;w=60'
    refused = answers[3]
    assert refused.json()["type"] == "/tiny/problems/asked-too-often"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["retry-after"] in refused.json()["detail"]
    assert (await editor.get(NUMBERS)).status_code == 200


async def test_services_among_themselves_are_not_limited(narrow_call: Call) -> None:
    service = narrow_call(Role.SERVICE)
    answers = [await service.get(NUMBERS) for _ in range(8)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_whoever_has_no_token_is_limited_by_address_but_probes_are_not(nobody: httpx.AsyncClient) -> None:
    answers = [await nobody.get("/tiny/v1/dictionaries") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert {(await nobody.get("/tiny/livez")).status_code for _ in range(5)} == {200}
    assert (await nobody.get("/tiny/v1/dictionaries/livez")).status_code == 429


@pytest.mark.parametrize(
    ("addresses", "statuses"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:DB8:1:2:0:0:0:3"], [200, 200, 429]),
        (["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1"], [200, 200, 200]),
        (["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"], [200, 200, 429]),
        (["192.0.2.1", "::ffff:192.0.2.2", "192.0.2.3", "::ffff:192.0.2.4"], [200, 200, 200, 200]),
    ],
)
async def test_an_address_of_ipv6_counts_by_its_network_and_one_of_ipv4_for_itself(
    narrow: FastAPI, addresses: list[str], statuses: list[int]
) -> None:
    answered = []
    for address in addresses:
        transport = httpx.ASGITransport(app=narrow, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://tiny") as client:
            answered.append((await client.get("/tiny/v1/dictionaries")).status_code)
    assert answered == statuses


async def test_guessing_tokens_uses_up_the_quota_of_the_address(nobody: httpx.AsyncClient, narrow_call: Call) -> None:
    officer = narrow_call(Role.RURAL_OFFICER)
    guesses = [await nobody.get(NUMBERS, headers={"Authorization": f"Bearer {guess}"}) for guess in "abc"]
    assert [answer.status_code for answer in guesses] == [401, 401, 429]
    assert "www-authenticate" in guesses[0].headers
    assert (await officer.get(NUMBERS)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/tiny/v1/dictionaries", {}, 200),
        ("GET", "/tiny/nowhere", {}, 404),
        ("POST", "/tiny/v1/things", {"content": "{", "headers": {"Content-Type": "application/json"}}, 401),
    ],
)
async def test_what_only_looks_like_a_token_frees_nobody_from_the_quota_of_the_address(
    nobody: httpx.AsyncClient, narrow_call: Call, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    headers = {"Authorization": "Bearer x", **options.pop("headers", {})}
    answers = [await nobody.request(method, path, headers=headers, **options) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 429]
    assert answers[2].json()["type"] == "/tiny/problems/asked-too-often"
    assert (await narrow_call(Role.RURAL_OFFICER).get(NUMBERS)).status_code == 200


async def test_a_quota_of_zero_sets_no_limit(tiny: Database, common: CommonSettings, issuer: TestIssuer) -> None:
    free = common.model_copy(update={"requests_per_client": 0, "requests_per_address": 0})
    officer = caller_of(build_tiny(tiny, free, issuer.verifier()), issuer)(Role.RURAL_OFFICER)
    answer = await officer.get(NUMBERS)
    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)


@pytest.mark.parametrize("path", [NUMBERS, "/tiny/v1/things/x", "/nowhere", "/tiny/livez"])
async def test_every_answer_binds_browsers(tiny_call: Call, path: str) -> None:
    headers = (await tiny_call(Role.RURAL_OFFICER).get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "strict-transport-security" not in headers


async def test_an_answer_over_tls_tells_browsers_to_stay_with_it(tiny_app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=tiny_app), base_url="https://tiny") as client:
        answer = await client.get("/tiny/livez")
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_code_lists_may_be_kept_by_caches(tiny_call: Call) -> None:
    assert (await tiny_call(Role.RURAL_OFFICER).get("/tiny/v1/dictionaries")).headers["cache-control"].startswith("pub")


async def test_the_page_of_the_api_runs_its_own_scripts_and_no_others(tiny_call: Call) -> None:
    page = await tiny_call(Role.RURAL_OFFICER).get("/tiny/docs")
    policy = page.headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert len(re.findall("'sha256-", scripts)) == len(re.findall("<script>", page.text)) == 1
    assert "unsafe-inline" not in scripts


async def test_only_pages_of_allowed_origins_may_call(nobody: httpx.AsyncClient, tiny_call: Call) -> None:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match,authorization"}
    allowed = await nobody.options(NUMBERS, headers={"Origin": PAGE, **asked})
    assert allowed.headers["access-control-allow-origin"] == PAGE
    foreign = await nobody.options(NUMBERS, headers={"Origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in foreign.headers
    closed = await tiny_call(Role.RURAL_OFFICER).get(NUMBERS, headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in closed.headers
