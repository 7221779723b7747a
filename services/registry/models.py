"""Every table of registry in one place, for the migrations."""

from services.registry.api_clients.models import ApiClient, ApiClientSecret
from services.registry.contacts.models import OrganizationContact, contact_purpose
from services.registry.credit.models import SupervisionRecord
from services.registry.db import Base
from services.registry.divisions.models import Division, DivisionDesignation
from services.registry.grants.models import Grant
from services.registry.organizations.models import Organization
from services.registry.qualifications.models import Qualification
from services.registry.tokens.actions import PURPOSE as SIGNING_KEY
from services.registry.tokens.models import SigningKey
from shared.imports.models import Import, ImportRow, ImportTables
from shared.resealing import ANSWERS, SealedColumn

metadata = (Base.metadata, ImportTables.metadata)
TABLES = (
    ApiClient,
    ApiClientSecret,
    Division,
    DivisionDesignation,
    Grant,
    Import,
    ImportRow,
    Organization,
    OrganizationContact,
    Qualification,
    SigningKey,
    SupervisionRecord,
)
SEALED = (
    ANSWERS,
    SealedColumn(SigningKey, "sealed_private_jwk", lambda row: SIGNING_KEY),
    SealedColumn(OrganizationContact, "contact_sealed", lambda row: contact_purpose(row.organization_id)),
)
