"""The request id, the limit on bodies, the override of methods, and the hash of a body."""

import logging
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.codes import Role
from shared.middleware import BodyHash
from shared.testing import Call

OFFICER = Role.RURAL_OFFICER
MEBIBYTE = 1_048_576


async def stream(size: int, part: int = 65_536) -> AsyncIterator[bytes]:
    yield b'{"name": "'
    for _ in range(size // part):
        yield b"x" * part
    yield b'"}'


async def upload_of(size: int) -> AsyncIterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    for _ in range(size // MEBIBYTE):
        yield b"x" * MEBIBYTE
    yield b"\r\n--b--\r\n"


async def test_a_body_that_says_it_is_too_large_is_refused(tiny_call: Call) -> None:
    answer = await tiny_call(OFFICER).post("/tiny/v1/things", json={"name": "x" * MEBIBYTE})
    assert (answer.status_code, answer.json()["type"]) == (413, "/tiny/problems/body-too-large")
    assert "1048576" in answer.json()["detail"]


async def test_a_body_that_turns_out_too_large_is_refused(tiny_call: Call) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await tiny_call(OFFICER).post("/tiny/v1/things", content=stream(2 * MEBIBYTE), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "/tiny/problems/body-too-large")
    assert answer.headers["x-request-id"]


async def test_a_body_within_the_limit_arrives_in_parts(tiny_call: Call) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await tiny_call(OFFICER).post("/tiny/v1/things", content=stream(MEBIBYTE // 2), headers=headers)
    assert answer.json()["errors"][0]["code"] == "string_too_long"


async def test_an_upload_may_be_larger_but_not_without_end(tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    taken = await officer.post("/tiny/v1/uploads", files={"file": b"x" * (2 * MEBIBYTE)})
    assert (taken.status_code, taken.json()) == (200, 2 * MEBIBYTE)
    refused = await officer.post("/tiny/v1/uploads", files={"file": b"x" * (21 * MEBIBYTE)})
    assert refused.status_code == 413
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    in_parts = await officer.post("/tiny/v1/uploads", content=upload_of(21 * MEBIBYTE), headers=headers)
    assert in_parts.status_code == 413


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=b", "text/plain", ""])
async def test_no_content_type_lets_a_large_body_pass_where_no_file_is_taken(
    tiny_call: Call, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    for path in ("/tiny/v1/things", "/tiny/v1/uploads/", "/tiny/nowhere"):
        answer = await tiny_call(OFFICER).post(path, content=b"x" * (2 * MEBIBYTE), headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (413, "/tiny/problems/body-too-large")


async def test_a_request_keeps_a_sound_id_and_gets_a_new_one_otherwise(tiny_call: Call) -> None:
    anybody = tiny_call(None)
    kept = await anybody.get("/tiny/livez", headers={"X-Request-ID": "request-0001"})
    assert kept.headers["x-request-id"] == "request-0001"
    for unsound in ("short", "with space 1", "x" * 65):
        answer = await anybody.get("/tiny/livez", headers={"X-Request-ID": unsound})
        assert len(answer.headers["x-request-id"]) == 36


async def test_a_request_is_logged_with_its_route_and_never_its_query(
    tiny_call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "shared.access"):
        await tiny_call(OFFICER, sub="zhaojue").get("/tiny/v1/numbers", params={"number": 4711})
    record = next(record for record in caplog.records if record.message == "request")
    assert (record.status, record.client) == (200, "zhaojue")  # type: ignore[attr-defined]
    assert "4711" not in str(vars(record))


@pytest.mark.parametrize(("wanted", "status"), [("PATCH", 404), ("patch", 404), ("TRACE", 405), ("", 405)])
async def test_a_post_may_stand_for_a_patch(tiny_call: Call, wanted: str, status: int) -> None:
    path = "/tiny/v1/things/01890a5d-ac96-774b-bcce-b302099a8057"
    headers = {"X-HTTP-Method-Override": wanted, "If-Match": '"1"'}
    answer = await tiny_call(OFFICER).post(path, json={"name": "x"}, headers=headers)
    assert answer.status_code == status


async def test_a_get_stands_for_nothing_else(tiny_call: Call) -> None:
    answer = await tiny_call(OFFICER).get("/tiny/v1/things", headers={"X-HTTP-Method-Override": "PATCH"})
    assert answer.status_code == 200


def cut(body: bytes, places: list[int]) -> Iterator[bytes]:
    bounds = sorted({0, len(body), *[place % (len(body) + 1) for place in places]})
    yield from (body[start:end] for start, end in pairwise(bounds))


def hash_of(body: bytes, content_type: str, places: list[int]) -> str:
    whole = BodyHash(content_type)
    for part in cut(body, places):
        whole.update(part)
    assert whole.size == len(body)
    return whole.finish()


def multipart(content: bytes, boundary: bytes) -> tuple[bytes, str]:
    head = b'\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    body = b"--" + boundary + head + content + b"\r\n--" + boundary + b"--\r\n"
    return body, f'multipart/form-data; boundary="{boundary.decode()}"'


@given(st.binary(max_size=200), st.lists(st.integers(0, 500)), st.lists(st.integers(0, 500)))
def test_a_file_sent_again_under_another_boundary_has_the_same_hash(
    content: bytes, places: list[int], others: list[int]
) -> None:
    first, second = multipart(content, b"--first--boundary"), multipart(content, b"another0boundary")
    assert hash_of(*first, places) == hash_of(*second, others)
    other = multipart(content + b"!", b"--first--boundary")
    assert hash_of(*first, places) != hash_of(*other, places)
