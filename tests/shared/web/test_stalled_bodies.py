"""Who may not send a body is told so before it is read, by a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from shared.contracts.codes import Role
from shared.testing import TestIssuer

BODIES = {
    "/tiny/v1/uploads": ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data"),
    "/tiny/v1/things": ("application/json", b'{"name": "x'),
}


@pytest.fixture
async def port(tiny_app: FastAPI) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(tiny_app, port=0, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    server.force_exit = True
    await running


async def begin(port: int, path: str, token: str | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the headers and the first bytes of a body of a megabyte, and nothing more."""
    content_type, beginning = BODIES[path]
    lines = [
        f"POST {path} HTTP/1.1", "Host: test", f"Content-Type: {content_type}", "Content-Length: 1000000",
        "Idempotency-Key: a-stalled-request", *([f"Authorization: Bearer {token}"] if token else []),
    ]  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join([*lines, "", ""]).encode() + beginning)
    await writer.drain()
    return reader, writer


async def status(port: int, path: str, token: str | None) -> int:
    reader, writer = await begin(port, path, token)
    try:
        async with asyncio.timeout(5):
            return int((await reader.readline()).split()[1])
    finally:
        writer.close()


@pytest.mark.parametrize("path", BODIES)
async def test_a_stalled_body_does_not_hold_up_the_refusal(port: int, issuer: TestIssuer, path: str) -> None:
    assert await status(port, path, None) == 401
    assert await status(port, path, "not.a.token") == 401
    assert await status(port, path, issuer.token(Role.ORGANIZATION, sub="an-organization")) == 403


@pytest.mark.parametrize("path", BODIES)
async def test_the_body_of_who_may_send_it_is_waited_for(port: int, issuer: TestIssuer, path: str) -> None:
    reader, writer = await begin(port, path, issuer.token(Role.RURAL_OFFICER, sub="an-officer"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await reader.readline()
    writer.close()
