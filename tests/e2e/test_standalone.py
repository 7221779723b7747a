"""The all-in-one start: how its processes find each other, and what belongs to no service."""

from typing import Any

import pytest
from fastapi import FastAPI

from services.supervisor import own_address
from shared.db import Database
from shared.dispatcher import Dispatcher
from shared.settings import CommonSettings
from shared.testing import TestIssuer
from tests.shared.tiny_app import build_tiny


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104
        ("::", "http://[::1]:80"),
        ("10.1.2.3", "http://10.1.2.3:80"),
        ("fd00::1", "http://[fd00::1]:80"),
        ("node.example", "http://node.example:80"),
    ],
)
def test_the_processes_reach_each_other_where_the_platform_listens(host: str, address: str) -> None:
    assert own_address(host, 80) == address


@pytest.mark.parametrize("path", ["*", "", "/", "/elsewhere"])
async def test_what_belongs_to_no_service_is_answered_with_a_problem(
    path: str, common: CommonSettings, issuer: TestIssuer
) -> None:
    database = Database("postgresql+asyncpg://unused", name="unused")
    app: FastAPI = build_tiny(database, common, issuer.verifier())
    sent = list[Any]()

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "OPTIONS", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [], "root_path": "", "http_version": "1.1", "scheme": "http"}  # fmt: skip
    await Dispatcher({"registry": app}, otherwise="registry")(scope, receive, send)
    assert sent[0]["status"] == 404
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
