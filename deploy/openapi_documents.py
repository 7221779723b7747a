"""The OpenAPI document of each service, which lies beside its code: ``python -m deploy.write_docs`` writes it."""

import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.auth.tokens import TokenVerifier
from shared.db import Database
from shared.settings import CommonSettings

SERVICES = ("registry", "projects", "matching")
NOWHERE = "postgresql+asyncpg://nobody@localhost/none"


@cache
def build_document(service: str) -> dict[str, Any]:
    """Return a service's OpenAPI document, built once; nothing is connected to."""
    common = CommonSettings(secret_key=SecretStr("only the document is wanted, no secret"))
    kind = importlib.import_module(f"services.{service}.settings").Settings
    settings = kind(database_url=SecretStr(NOWHERE), client_id=service, client_secret=SecretStr("unused"))
    app = importlib.import_module(f"services.{service}.main").create_app(
        settings, common, database=Database(NOWHERE, name="document"), verifier=TokenVerifier([])
    )
    document: dict[str, Any] = app.openapi()
    return document


def render(service: str) -> str:
    """Return the document as it is committed."""
    return json.dumps(build_document(service), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def place(service: str) -> Path:
    """Return the file of a service's document."""
    return Path("services") / service / "openapi.json"
