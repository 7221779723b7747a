"""The mirrored divisions, and the revision that changes whenever one of them does."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.projects.db import Base
from shared.db import new_id
from shared.feed.read_models import Mirrored


class Division(Base, Mirrored):
    """An administrative division as registry last announced it."""

    __tablename__ = "divisions"
    __table_args__ = (
        Index("ix_divisions_code", "code", postgresql_ops={"code": "text_pattern_ops"}),
        Index("ix_divisions_parent_code", "parent_code"),
    )

    code: Mapped[str]
    name: Mapped[str]
    full_name: Mapped[str]
    parent_code: Mapped[str | None]
    level: Mapped[str]
    last_valid_on: Mapped[date | None]
    successor_codes: Mapped[list[str]]
    former_names: Mapped[list[str]]


class DivisionRevision(Base):
    """One row whose value is new after every change, so that each process knows when to build its index again."""

    __tablename__ = "division_revision"
    not_audited = "technical"
    __table_args__ = (CheckConstraint("singleton", name="one_row"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    revision: Mapped[UUID] = mapped_column(default=new_id)
