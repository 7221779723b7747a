"""Every table of projects in one place, for the migrations."""

from services.projects.commitments.models import Commitment
from services.projects.db import Base
from services.projects.demands.models import Demand, SurveyRecord
from services.projects.divisions.models import Division, DivisionRevision
from services.projects.organizations.models import Organization
from services.projects.reviews.models import Review
from services.projects.supplies.models import Supply
from shared.imports.models import Import, ImportRow, ImportTables

metadata = (Base.metadata, ImportTables.metadata)
TABLES = (
    Commitment, Demand, Division, DivisionRevision, Import, ImportRow, Organization, Review, Supply, SurveyRecord,
)  # fmt: skip
