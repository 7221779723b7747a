"""What the all-in-one start does before its processes begin: schemas, reference tables and the first clients."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.installation import ADMINISTRATORS, SERVICES
from services.registry import bootstrap
from shared.audit.keys import AUDIT_KEY, AuditKey
from shared.contracts.codes import Role
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess
from shared.logs import doing
from shared.migrations import upgrade
from shared.sealing import Sealer


def upgrade_all(access: Mapping[str, DatabaseAccess]) -> None:
    """Bring the database of every service to the newest schema."""
    for service in SERVICES:
        upgrade(Path(__file__).parent / service / "migrations", access[service].owner_dsn)


async def fill_registry(dsn: str, known: dict[str, Any]) -> None:
    """Load the divisions, and make the first clients from the secrets that the installation knows."""
    roles = dict.fromkeys(SERVICES, Role.SERVICE) | ADMINISTRATORS
    clients = [
        bootstrap.BootstrapClient.model_validate(
            {"client_id": name, "name": name, "role": role, "client_secret": known["clients"][name]}
        )
        for name, role in roles.items()
    ]
    doing.set("bootstrap")
    audit_key = AuditKey(known["secret_key"])
    database = Database(dsn, name="registry-setup", info={AUDIT_KEY: audit_key})
    try:
        await bootstrap.load_reference(database, towns_under=os.environ.get("REGISTRY_TOWNS_UNDER", ""))
        await bootstrap.bootstrap_clients(database, Sealer(known["secret_key"]), clients)
    finally:
        await database.close()
