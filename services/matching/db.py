"""The declarative base of matching's own tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.audit.recording import Audited
from shared.db import COLUMN_TYPES, NAMING


class Base(Audited, DeclarativeBase):
    """Every table that matching owns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES
