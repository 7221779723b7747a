"""Every table of projects in one place, for the migrations."""

from services.projects.db import Base

metadata = Base.metadata
