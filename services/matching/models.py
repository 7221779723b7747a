"""Every table of matching in one place, for the migrations."""

from services.matching.db import Base

metadata = Base.metadata
