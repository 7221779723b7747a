"""Every table of projects in one place, for the migrations."""

from services.projects.commitments.models import Commitment
from services.projects.contacts.models import DemandContact, contact_purpose
from services.projects.db import Base
from services.projects.demands.models import Demand, SurveyRecord
from services.projects.divisions.models import Division, DivisionRevision
from services.projects.organizations.models import Organization
from services.projects.reviews.models import Review
from services.projects.supplies.models import Supply
from shared.imports.models import Import, ImportRow, ImportTables
from shared.resealing import ANSWERS, SealedColumn

metadata = (Base.metadata, ImportTables.metadata)
TABLES = (
    Commitment, Demand, DemandContact, Division, DivisionRevision, Import, ImportRow, Organization, Review, Supply,
    SurveyRecord,
)  # fmt: skip
SEALED = (ANSWERS, SealedColumn(DemandContact, "contact_sealed", lambda row: contact_purpose(row.demand_id)))
