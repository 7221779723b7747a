"""The groups of roles that the services' tables of permissions name; they are those of the design's table of roles."""

from shared.contracts.codes import Role

EVERYBODY = frozenset(Role)
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})
"""The three administrators (三员): none does another's work, and none has a part in the business."""
AUDITORS = frozenset({Role.AUDIT_ADMINISTRATOR})
SERVICES = frozenset({Role.SERVICE})
BUSINESS = EVERYBODY - ADMINISTRATORS - SERVICES
PROVINCE = frozenset({Role.PROVINCIAL_OFFICER})
DEMAND_SIDE = frozenset({Role.RURAL_OFFICER, Role.VILLAGE_EDITOR})
CIVIL_AFFAIRS = frozenset({Role.CIVIL_AFFAIRS_OFFICER})
SUPPLY_SIDE = CIVIL_AFFAIRS | {Role.ORGANIZATION}
SUPERVISORS = frozenset({Role.SUPERVISING_UNIT})
REVIEWERS = CIVIL_AFFAIRS | {Role.RURAL_OFFICER}
PARTIES = DEMAND_SIDE | SUPPLY_SIDE | PROVINCE
"""Who has a part in a pairing, or answers for one."""
