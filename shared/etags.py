"""Strong ETags from row versions, and the If-Match that a change must carry."""

from typing import Annotated, Protocol

from fastapi import Header, Response

from shared.errors import InvalidInput, PreconditionFailed, PreconditionRequired, Text


class IfMatchMissing(PreconditionRequired):
    """The change does not say which version it is based on."""

    title = Text("缺少 If-Match", "If-Match is missing")
    remedy = Text("请先读取,并把返回的 ETag 放入 If-Match。", "Read it first and send its ETag as If-Match.")


class IfMatchUnreadable(InvalidInput):
    """If-Match holds no ETag of ours."""

    title = Text("If-Match 无法识别", "If-Match is not valid")
    remedy = Text('请原样使用读取时返回的 ETag,如 "3"。', 'Send the ETag as it was returned, such as "3".')


class Stale(PreconditionFailed):
    """The thing has changed since the caller read it."""

    title = Text("数据已被他人更新", "It has changed since it was read")
    remedy = Text("请重新读取最新版本,确认后再提交。", "Read it again, check, and send the change with the new ETag.")


class HasVersion(Protocol):
    """Anything whose version counts its changes."""

    @property
    def version(self) -> int:
        """The number of the version."""
        ...


def expected_version(
    if_match: Annotated[str | None, Header(description='The ETag that was read, for example `"3"`')] = None,
) -> int:
    """
    Read the version that the caller has seen; use it as a dependency.

    :raises IfMatchMissing: without the header
    :raises IfMatchUnreadable: if it is no ETag of ours
    """
    if if_match is None:
        raise IfMatchMissing(pointer="header/If-Match")
    value = if_match.strip().removeprefix('"').removesuffix('"')
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise IfMatchUnreadable(pointer="header/If-Match")
    return int(value)


def check_version(thing: HasVersion, expected: int) -> None:
    """
    Refuse a change that is based on another version.

    :raises Stale: if the thing has another version by now
    """
    if thing.version != expected:
        raise Stale(pointer="header/If-Match")


def set_etag(response: Response, thing: HasVersion) -> None:
    """Tell the caller the version of what is returned."""
    response.headers["ETag"] = f'"{thing.version}"'
