"""Which user the server runs as, and where its binaries and its cluster lie so that this user can reach them."""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

from shared.embedded_postgres import postmaster
from shared.embedded_postgres.binaries import PLAIN_ENVIRONMENT, copy_installation, find_installation
from shared.embedded_postgres.errors import ClusterOutOfReach, PlaceNotTrusted, ServerUserMissing
from shared.embedded_postgres.records import Records

ELSEWHERE = Path("/var/tmp")  # noqa: S108  (only a folder of root's own in it is used)
UNPRIVILEGED = "nobody"


class Location(NamedTuple):
    """Where the server lives; ``user`` is the uid and gid to drop to, ``None`` for the present user."""

    installation: Path
    cluster: Path
    user: tuple[int, int] | None


def settle_location(records: Records) -> Location:
    """
    Decide, and record, where the server lives; what was decided once stays.

    :raises EmbeddedPostgresFailed: one of its subclasses, if no place is fit
    """
    installation = find_installation()
    cluster = records.folder / "cluster"
    if os.getuid() != 0:
        if cluster.exists() and cluster.stat().st_uid != os.getuid():
            raise ClusterOutOfReach(place=cluster)
        _require_entry(os.getuid())
        return Location(installation, cluster, None)
    user = _choose_user(cluster)
    reachable = _can_reach(records.folder, user)
    if cluster.exists():
        if not reachable:
            raise ClusterOutOfReach(place=cluster)
    elif not reachable or _has_cluster_elsewhere(records):
        cluster = _open_place(records) / "cluster"
    if not _can_reach(installation / "bin" / "postgres", user):
        installation = copy_installation(installation, _open_place(records))
    return Location(installation, cluster, user)


def remove_place(records: Records) -> None:
    """Delete what lies outside the data root, if anything does."""
    place = records.read_location().get("place")
    if place is not None:
        shutil.rmtree(place, ignore_errors=True)


def _choose_user(cluster: Path) -> tuple[int, int]:
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise ServerUserMissing(user=UNPRIVILEGED) from None
    return entry.pw_uid, entry.pw_gid


def _require_entry(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise ServerUserMissing(user=uid) from None


def _can_reach(path: Path, user: tuple[int, int]) -> bool:
    """Ask the system itself, as the user: modes alone do not tell (access lists, mounts)."""
    answer = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", path],
        user=user[0], group=user[1], extra_groups=[], cwd="/", env=PLAIN_ENVIRONMENT, check=False,
    )  # fmt: skip
    return answer.returncode == 0


def _has_cluster_elsewhere(records: Records) -> bool:
    place = records.read_location().get("place")
    return place is not None and (Path(place) / "cluster").exists()


def _open_place(records: Records) -> Path:
    """Return the folder outside, made anew if it was left behind by a data root that was deleted."""
    recorded = records.read_location()
    digest = hashlib.sha256(os.fsencode(records.folder)).hexdigest()[:16]
    place = Path(recorded.get("place", ELSEWHERE / f"xiangqiao-{digest}"))
    if place.is_symlink() or place.exists():
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
            raise PlaceNotTrusted(place=place)
        identity = place / "identity"
        if identity.exists() and identity.read_text("ascii") == recorded.get("identity"):
            return place
        postmaster.stop(place / "cluster")
        shutil.rmtree(place)
    place.mkdir(mode=0o755)
    place.chmod(0o755)
    identity_text = secrets.token_hex(16)
    records.write_location(place=str(place), identity=identity_text)
    (place / "identity").touch(mode=0o600)
    (place / "identity").write_text(identity_text, "ascii")
    return place
