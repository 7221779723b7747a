"""The embedded server: starts or adopts it, prepares the services' databases, and stops it."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import quote

from shared import database_roles
from shared.embedded_postgres import postmaster
from shared.embedded_postgres.binaries import run_psql
from shared.embedded_postgres.cluster import create_cluster
from shared.embedded_postgres.errors import PasswordRefused, StatementFailed
from shared.embedded_postgres.launch import launch
from shared.embedded_postgres.location import Location, remove_place, settle_location
from shared.embedded_postgres.records import SUPERUSER, Records

ADOPT_SECONDS = 30.0
ADOPT_QUESTIONS = 3


class DatabaseAccess(NamedTuple):
    """One service's database and the DSNs of its owner role (migrations) and its app role (no DDL)."""

    database: str
    owner_dsn: str
    app_dsn: str


class EmbeddedPostgres:
    """
    PostgreSQL on the loopback with its data below a data root; as root it runs as ``nobody``.

    ``durable=False`` and ``stop_with_parent=True`` are for tests: the first may lose commits of the last second on a
    crash, the second shuts the server down when the thread that started it ends, even by kill -9. Otherwise it lives
    on, to be adopted.
    """

    def __init__(
        self,
        data_root: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        stop_with_parent: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._records = Records(data_root)
        self._wanted_port = port
        self._durable = durable
        self._parent_death = signal.SIGINT if stop_with_parent else None
        self._settings = dict(settings or {})
        self._child: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self.adopted = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Return the port it listens on; an adopted server keeps the one it has."""
        if self._port is None:
            raise RuntimeError("start() comes first")
        return self._port

    def start(self) -> None:
        """
        Start the server, or adopt the live one of this data root; blocks until it answers.

        :raises EmbeddedPostgresFailed: one of its subclasses, which says what to do
        """
        with self._records.locked():
            location = settle_location(self._records)
            if (location.cluster / "PG_VERSION").exists() and not self._records.knows_superuser():
                raise PasswordRefused(place=self._records.passwords_at)
            create_cluster(location, password=self._records.keep_password(SUPERUSER), durable=self._durable)
            self.adopted = self._adopt(location)
            if not self.adopted:
                postmaster.stop(location.cluster)
                self._reap()
                self._child, self._port = launch(
                    location,
                    self._records,
                    port=self._wanted_port,
                    durable=self._durable,
                    settings=self._settings,
                    parent_death=self._parent_death,
                )
            self._records.write_location(port=self.port)
            self.run_script("SELECT 1")

    def is_alive(self) -> bool:
        """Tell whether the server's process lives; one that was killed can be started again."""
        if self._child is not None and self._child.poll() is not None:
            return False
        return postmaster.find(settle_location(self._records).cluster) is not None

    def stop(self) -> None:
        """
        Shut the server down fast: open transactions are rolled back; whoever started it.

        :raises ServerNotStopped: if it does not end
        """
        with self._records.locked():
            postmaster.stop(settle_location(self._records).cluster)
            self._reap()

    def remove(self) -> None:
        """Stop the server and delete everything that it and its data root's records hold."""
        with self._records.locked():
            location = settle_location(self._records)
            postmaster.stop(location.cluster)
            self._reap()
            remove_place(self._records)
            shutil.rmtree(self._records.folder)

    def dsn(
        self, database: str, user: str = SUPERUSER, password: str | None = None, *, scheme: str = "postgresql+asyncpg"
    ) -> str:
        """
        Return the DSN for a role; its password is the recorded one unless another is given.

        :raises KeyError: if no password is given and none is recorded
        """
        secret = self._records.read_password(user) if password is None else password
        return f"{scheme}://{quote(user)}:{quote(secret, safe='')}@127.0.0.1:{self.port}/{quote(database)}"

    def ensure_databases(self, services: Iterable[str]) -> dict[str, DatabaseAccess]:
        """
        Make each service's database and roles, or set them right; return the access of each by service.

        :raises StatementFailed: if the server refuses
        """
        layouts = {service: database_roles.name_layout(service) for service in services}
        with self._records.locked():
            passwords = {
                database_roles.name_password_variable(role): self._records.keep_password(role)
                for layout in layouts.values()
                for role in (layout.owner, layout.app)
            }
            self.run_script(database_roles.render_script(layouts), env=passwords)
        return {service: self._give_access(layout) for service, layout in layouts.items()}

    def clone_database(self, service: str, copy: str) -> DatabaseAccess:
        """Copy a service's database, to which nobody may be connected, with the same roles; for tests."""
        layout = database_roles.name_layout(service)
        cloned = layout._replace(database=copy)
        access = "".join(f"{statement};\n" for statement in database_roles.list_access_statements(cloned))
        self.run_script(f"CREATE DATABASE {copy} OWNER {layout.owner} TEMPLATE {layout.database};\n{access}")
        return self._give_access(cloned)

    def drop_database(self, database: str) -> None:
        """Delete a database, if it is there, and end the sessions on it; for tests."""
        self.run_script(f"SET client_min_messages = warning;\nDROP DATABASE IF EXISTS {database} WITH (FORCE);")

    def run_script(self, script: str, *, database: str = "postgres", env: dict[str, str] | None = None) -> str:
        """
        Run a ``psql`` script as superuser and return the rows it yields.

        :raises StatementFailed: if a statement fails
        """
        return run_psql(
            script,
            port=self.port,
            password=self._records.read_password(SUPERUSER),
            passwords_at=self._records.passwords_at,
            database=database,
            env=env,
        )

    def _give_access(self, layout: database_roles.Layout) -> DatabaseAccess:
        dsns = (self.dsn(layout.database, role) for role in (layout.owner, layout.app))
        return DatabaseAccess(layout.database, *dsns)

    def _reap(self) -> None:
        """Collect our process of a server that has ended, or is about to."""
        if self._child is not None:
            self._child.wait()
            self._child = None

    def _adopt(self, location: Location) -> bool:
        """Take over a live server that answers and is as durable as wanted; give one that is busy some time."""
        refused = 0
        for _ in range(int(ADOPT_SECONDS / postmaster.POLL_SECONDS)):
            server = postmaster.find(location.cluster)
            if server is None:
                return False
            if server.status == "ready":
                self._port = server.port
                try:
                    return self.run_script("SHOW fsync") == "on" or not self._durable
                except StatementFailed:  # it may be ending just now, or hang
                    refused += 1
            if refused == ADOPT_QUESTIONS:
                break
            time.sleep(postmaster.POLL_SECONDS)
        return False
