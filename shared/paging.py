"""Keyset paging: a page, the cursor to the next one, and a total where it is asked for."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.errors import InvalidInput, Text

T = TypeVar("T")
MOST_COUNTED = 10_000


class InvalidCursor(InvalidInput):
    """The cursor was not given out by this list."""

    title = Text("分页游标无效", "The cursor is not valid")
    remedy = Text("请使用上一页返回的 next_cursor,或去掉该参数从头读取。", "Use next_cursor of the last page, or none.")


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Ask with this for the next page; absent on the last")
    total: int | None = Field(default=None, description="Only with `with_total=true`; exact up to 10,000")


@dataclass(frozen=True)
class Slice(Generic[T]):
    """A page of rows as a repository returns it; routes answer it under ``response_model=Page[…]``."""

    items: list[T]
    next_cursor: str | None = None
    total: int | None = None


class PageRequest(BaseModel):
    """Which page of a list is wanted."""

    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)
    with_total: bool = False


def page_request(
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page")] = 50,
    with_total: Annotated[bool, Query(description="Count the whole list too (exact up to 10,000)")] = False,
) -> PageRequest:
    """Read the paging parameters of a list; use it as a dependency."""
    return PageRequest(cursor=cursor, limit=limit, with_total=with_total)


class Sort(BaseModel):
    """One key of an order; the last key of a list is always its id, so that the order is total."""

    model_config = {"arbitrary_types_allowed": True}

    column: InstrumentedAttribute[Any]
    descending: bool = False


async def read_page(
    session: AsyncSession, query: Select[Any], *, order: Sequence[Sort], page: PageRequest
) -> Slice[Any]:
    """
    Read one page of ``query`` in ``order``.

    :raises InvalidCursor: if the cursor does not fit this order
    """
    total = None
    if page.with_total:
        counted = select(func.count()).select_from(query.order_by(None).limit(MOST_COUNTED + 1).subquery())
        total = (await session.execute(counted)).scalar_one()
    if page.cursor:
        query = query.where(_after(order, _decode(page.cursor, order)))
    query = query.order_by(*[key.column.desc() if key.descending else key.column.asc() for key in order])
    rows = list((await session.execute(query.limit(page.limit + 1))).scalars().all())
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    return Slice(rows, _encode(rows[-1], order) if more else None, total)


def cut_page(items: Sequence[T], *, key: Callable[[T], tuple[Any, ...]], cursor: str | None, limit: int) -> Slice[T]:
    """
    Cut one page out of a list that was computed and sorted by ``key``, a tuple of numbers and texts without an equal.

    The cursor holds the key of the last item, so that a page continues where the one before it ended whatever has
    changed since.

    :raises InvalidCursor: if the cursor does not fit this order
    """
    rest = list(items)
    if cursor and items:
        after = read_key(cursor, like=key(items[0]))
        rest = [one for one in items if key(one) > after]
    shown = rest[:limit]
    packed = json.dumps(key(shown[-1]), separators=(",", ":")) if len(rest) > limit else None
    return Slice(shown, base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=") if packed else None)


def read_key(cursor: str, *, like: tuple[Any, ...]) -> tuple[Any, ...]:
    """
    Return the key that a cursor of ``cut_page`` holds; ``like`` is any key of the list.

    :raises InvalidCursor: if the cursor does not fit this order
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or [type(one) for one in values] != [type(one) for one in like]:
            raise ValueError
    except (ValueError, RecursionError):
        raise InvalidCursor(pointer="query/cursor") from None
    return tuple(values)


def _after(order: Sequence[Sort], values: Sequence[Any]) -> ColumnElement[bool]:
    steps = []
    for position, key in enumerate(order):
        equal = [before.column == values[place] for place, before in enumerate(order[:position])]
        beyond = key.column < values[position] if key.descending else key.column > values[position]
        steps.append(and_(*equal, beyond))
    return or_(*steps)


def _encode(row: Any, order: Sequence[Sort]) -> str:
    values = [getattr(row, key.column.key) for key in order]
    if any(value is None for value in values):
        raise ValueError("a list cannot be ordered by a column that may be empty")
    texts = [value.isoformat() if isinstance(value, date) else str(value) for value in values]
    packed = json.dumps([_name(order), *texts], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _name(order: Sequence[Sort]) -> str:
    """Return a short name of an order, by which a list knows its own cursors."""
    keys = " ".join(f"{key.column}{'-' if key.descending else '+'}" for key in order)
    return hashlib.sha256(keys.encode()).hexdigest()[:8]


def _decode(cursor: str, order: Sequence[Sort]) -> list[Any]:
    try:
        name, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != _name(order) or not all(isinstance(value, str) for value in texts):
            raise ValueError
        return [_typed(value, key.column.type.python_type) for value, key in zip(texts, order, strict=True)]
    except (ValueError, TypeError, ArithmeticError):
        raise InvalidCursor(pointer="query/cursor") from None


def _typed(value: str, kind: type) -> Any:
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError
        return instant
    if kind is date:
        return date.fromisoformat(value)
    if kind in {UUID, int, float, Decimal}:
        return kind(value)
    if "\x00" in value:
        raise ValueError
    value.encode()  # a lone surrogate cannot be sent to the database
    return value
