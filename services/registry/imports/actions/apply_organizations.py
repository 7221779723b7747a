"""Apply the accepted rows of a file of organizations."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.registry.imports.actions.state_organization import state_organization
from services.registry.imports.rows.organizations import OrganizationRow
from services.registry.organizations.repository import OrganizationRepository
from shared.auth.principals import Principal
from shared.db import Session
from shared.imports.models import Import
from shared.imports.rows import AppliedRow


async def apply_organizations(
    session: Session, *, rows: Sequence[OrganizationRow], file: Import, by: Principal, at: datetime
) -> Mapping[int, AppliedRow]:
    """State every row on the record of its organization, which is known by its credit code or as it was filed."""
    known = await OrganizationRepository(session).lock_known(
        credit_codes=[row.credit_code for row in rows if row.credit_code],
        filed=[(row.name, row.registered_region_code) for row in rows if not row.credit_code],
    )
    applied = {}
    for row in rows:
        key = row.credit_code or (row.name, row.registered_region_code)
        applied[row.row] = await state_organization(session, row=row, known=known.get(key), file=file, by=by, at=at)
    return applied
