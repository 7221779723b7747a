"""The CHECK of a code list is named by its column, so that two columns of a table may share the list."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db import COLUMN_TYPES, NAMING


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Flag(Base):
    __tablename__ = "flags"
    __table_args__ = (CheckConstraint("above <> below", name="colours_differ"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    above: Mapped[Colour]
    below: Mapped[Colour | None]


def test_each_column_has_a_check_of_its_own() -> None:
    table = Flag.__table__
    assert isinstance(table, Table)
    names = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
    assert names == {"ck_flags_above_known", "ck_flags_below_known", "ck_flags_colours_differ"}
