"""Every refusal is a problem document in the caller's language that repeats nothing of what was sent."""

import logging
import socket
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy.exc import TimeoutError as PoolExhausted

from shared.contracts.codes import Role
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import Call, TestIssuer, caller_of
from tests.shared.tiny_app import SECRET_TEXT, build_tiny

OFFICER = Role.RURAL_OFFICER


def check(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"/tiny/problems/{slug}"
    assert document["status"] == status
    assert document["instance"] == answer.headers["x-request-id"]
    return document


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-US,en;q=0.9", "en"),
        ("en;q=0.5,zh;q=0.9", "zh-CN"),
        ("zh;q=0.5,en;q=0.9", "en"),
        ("en,zh", "en"),
        ("fr,en;q=0.1", "en"),
        ("zh;q=0,en;q=0", "zh-CN"),
        ("x-klingon-en", "zh-CN"),
        ("en;q=9,;;,", "zh-CN"),
    ],
)
async def test_the_language_is_the_one_the_caller_wants_most(tiny_call: Call, accepted: str, language: str) -> None:
    answer = await tiny_call(OFFICER).get("/tiny/nowhere", headers={"Accept-Language": accepted})
    document = check(answer, 404, "no-such-page")
    assert answer.headers["content-language"] == language
    assert document["title"] == ("There is nothing at this address" if language == "en" else "没有这个地址")


async def test_wrong_fields_are_named_and_their_values_never_repeated(tiny_call: Call) -> None:
    secret = "张三丰13800138000"
    body = {"name": secret * 20, "number": secret, "mail": secret}
    for language in ("zh-CN", "en"):
        answer = await tiny_call(OFFICER).post("/tiny/v1/things", json=body, headers={"Accept-Language": language})
        document = check(answer, 422, "invalid-request")
        assert {(one["pointer"], one["code"]) for one in document["errors"]} == {
            ("/name", "string_too_long"),
            ("/number", "int_parsing"),
            ("/mail", "extra_forbidden"),
        }
        assert "138" not in answer.text
    assert "At most 100 characters." in {one["detail"] for one in document["errors"]}


async def test_headers_queries_and_paths_are_named_as_such(tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    header = await officer.get("/tiny/v1/greeting", headers={"X-Name": "too long"})
    query = await officer.get("/tiny/v1/things", params={"limit": 0})
    path = await officer.patch("/tiny/v1/things/x~y", json={"name": "x"}, headers={"If-Match": '"1"'})
    pointers = [check(one, 422, "invalid-request")["errors"][0]["pointer"] for one in (header, query, path)]
    assert pointers == ["header/x-name", "query/limit", "path/thing_id"]


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b'{"name": "\xe4"}', b"[" * 60_000, b'{"number": ' + b"9" * 5000 + b"}"]
)
async def test_a_body_that_is_no_json_is_unreadable(tiny_call: Call, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    check(await tiny_call(OFFICER).post("/tiny/v1/things", content=body, headers=headers), 400, "unreadable-body")


async def test_a_method_that_is_not_taken_is_refused_with_one_that_is(tiny_call: Call) -> None:
    answer = await tiny_call(OFFICER).delete("/tiny/v1/things")
    check(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] in {"GET", "POST"}


async def test_the_unforeseen_gives_away_nothing_and_changes_nothing(
    tiny_call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await tiny_call(OFFICER).post("/tiny/v1/things", json={"name": "thirteen", "number": 13})
    check(answer, 500, "internal-error")
    assert SECRET_TEXT not in answer.text
    assert SECRET_TEXT not in caplog.text
    assert [record.kind for record in caplog.records if record.message == "unforeseen error"] == ["RuntimeError"]  # type: ignore[attr-defined]
    listed = await tiny_call(OFFICER).get("/tiny/v1/things")
    assert listed.json()["items"] == []


async def test_an_answer_that_breaks_off_gives_away_nothing_either(tiny_app: FastAPI) -> None:
    transport = httpx.ASGITransport(tiny_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with pytest.raises(Exception, match=r"^RuntimeError$") as broken:
            await client.get("/tiny/v1/broken")
    assert SECRET_TEXT not in repr(broken.value)
    assert broken.value.__suppress_context__


@pytest.mark.parametrize("value", ["\x00", "1\x00"])
async def test_what_cannot_be_stored_is_refused(tiny_call: Call, value: str) -> None:
    answer = await tiny_call(OFFICER).post("/tiny/v1/things", json={"name": value})
    assert check(answer, 422, "invalid-request")["errors"][0]["code"] == "control_character"


async def test_a_number_that_the_database_cannot_hold_is_refused(tiny_call: Call) -> None:
    check(await tiny_call(OFFICER).get("/tiny/v1/numbers", params={"number": 2**70}), 422, "unstorable-text")


@pytest.mark.parametrize(
    ("state", "status", "slug"),
    [
        ("22021", 422, "unstorable-text"),
        ("40001", 409, "changed-meanwhile"),
        ("40P01", 409, "changed-meanwhile"),
        ("55P03", 409, "changed-meanwhile"),
        ("23505", 409, "changed-meanwhile"),
        ("57014", 503, "database-unavailable"),
        ("53300", 503, "database-unavailable"),
        ("23514", 500, "internal-error"),
        ("42501", 403, "row-out-of-scope"),
    ],
)
async def test_each_error_of_postgresql_becomes_a_problem(
    tiny_call: Call, caplog: pytest.LogCaptureFixture, state: str, status: int, slug: str
) -> None:
    statement = f"do $$ begin raise exception '{SECRET_TEXT}' using errcode = '{state}'; end $$"
    answer = await tiny_call(None).post("/tiny/v1/tables", json={"statement": statement})
    check(answer, status, slug)
    assert SECRET_TEXT not in answer.text + caplog.text
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_database_that_is_down_is_a_503_and_not_ready(common: CommonSettings, issuer: TestIssuer) -> None:
    database = Database("postgresql+asyncpg://nobody:x@127.0.0.1:1/none", name="test")
    call = caller_of(build_tiny(database, common, issuer.verifier()), issuer)
    down = [await call(OFFICER).get("/tiny/v1/things"), await call(None).get("/tiny/readyz")]
    assert (await call(None).get("/tiny/livez")).json() == {"status": "ok"}
    await database.close()
    for answer in down:
        check(answer, 503, "database-unavailable")
        assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize("error", [socket.gaierror(), TimeoutError(), PoolExhausted(), ConnectionResetError()])
async def test_a_database_that_cannot_be_reached_is_a_503(tiny_app: FastAPI, tiny_call: Call, error: Exception) -> None:
    class Unreachable(Database):
        def transaction(self, *, request: Request | None = None) -> Any:
            raise error

    tiny_app.state.database = Unreachable("postgresql+asyncpg://nobody@localhost/none", name="test")
    check(await tiny_call(OFFICER).get("/tiny/v1/things"), 503, "database-unavailable")


async def test_each_problem_has_a_page_that_says_what_to_do(tiny_call: Call) -> None:
    page = await tiny_call(None).get("/tiny/problems/stale")
    assert (page.json()["status"], page.json()["title"]["zh-CN"]) == (412, "数据已被他人更新")
    assert set(page.json()["remedy"]) == {"zh-CN", "en"}
    check(await tiny_call(None).get("/tiny/problems/none"), 404, "problem-not-found")


async def test_the_dictionaries_and_the_documentation_are_served(tiny_call: Call) -> None:
    anybody = tiny_call(None)
    names = (await anybody.get("/tiny/v1/dictionaries")).json()
    for name in names:
        assert (await anybody.get(f"/tiny/v1/dictionaries/{name}")).json()["items"]
    check(await anybody.get("/tiny/v1/dictionaries/none"), 404, "dictionary-not-found")
    page = await anybody.get("/tiny/docs")
    assert "/tiny/assets/swagger-ui-bundle.js" in page.text
    assert "https://" not in page.text
    assert (await anybody.get("/tiny/assets/swagger-ui-bundle.js")).status_code == 200
    assert (await anybody.get("/tiny/openapi.json")).json()["openapi"].startswith("3.1")


async def test_readiness_is_told_while_the_database_answers(tiny_call: Call) -> None:
    assert (await tiny_call(None).get("/tiny/readyz")).json() == {"status": "ok"}
