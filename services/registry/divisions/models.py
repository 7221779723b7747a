"""Divisions valid in time, and the dated labels that policies may cite."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registry.db import Base
from shared import clock
from shared.contracts.codes import Designation
from shared.contracts.registry import DIVISION_CHANGED, DesignationSnapshot, DivisionSnapshot
from shared.db import Identified, Stamped, Versioned

LEVELS = ("national", "province", "prefecture", "county", "town", "village")


class Division(Base, Identified, Versioned, Stamped):
    """
    An administrative division (GB/T 2260 and the 12-digit statistical code).

    A code out of force keeps its row, with its last valid day and its successors.
    """

    __tablename__ = "divisions"
    __table_args__ = (
        CheckConstraint("code ~ '^[1-9][0-9]{11}$'", name="code_has_12_digits"),
        CheckConstraint(f"level in {LEVELS}", name="level_known"),
        Index("ix_divisions_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
        Index("ix_divisions_parent_code", "parent_code"),
        Index("ix_divisions_name", "name"),
    )
    event_type: ClassVar[str] = DIVISION_CHANGED

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    full_name: Mapped[str]
    parent_code: Mapped[str | None]
    level: Mapped[str]
    last_valid_on: Mapped[date | None]
    successor_codes: Mapped[list[str]] = mapped_column(default=list)
    former_names: Mapped[list[str]] = mapped_column(default=list)
    source: Mapped[str]
    designations: Mapped[list["DivisionDesignation"]] = relationship(lazy="raise", order_by="DivisionDesignation.code")

    def snapshot(self) -> DivisionSnapshot:
        """Return the division as its contract says; the designations must be loaded."""
        return DivisionSnapshot(
            id=self.id,
            code=self.code,
            name=self.name,
            full_name=self.full_name,
            parent_code=self.parent_code,
            level=self.level,
            last_valid_on=self.last_valid_on,
            successor_codes=self.successor_codes,
            former_names=self.former_names,
            designations=[DesignationSnapshot.model_validate(one, from_attributes=True) for one in self.designations],
        )


class DivisionDesignation(Base, Identified):
    """A label of a division out of a dated, cited set, such as the 832 counties."""

    __tablename__ = "division_designations"
    __table_args__ = (UniqueConstraint("division_id", "code", "source"),)

    division_id: Mapped[UUID] = mapped_column(ForeignKey("divisions.id"))
    code: Mapped[Designation]
    valid_from: Mapped[date | None]
    last_valid_on: Mapped[date | None]
    source: Mapped[str]


class ReferenceLoad(Base):
    """Which state of a reference table was loaded last, so that an unchanged one is not read again."""

    __tablename__ = "reference_loads"
    not_audited = "technical"

    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
