"""The scopes of grants hold actions of the three tables of permissions, each once, and none that must not be."""

from importlib import import_module

from shared.auth.access import Permissions
from shared.contracts.codes import GrantScope, Role
from shared.contracts.scopes import GRANTORS, SCOPE_OF_ACTION, SCOPES
from shared.testing import SERVICES

TABLES: dict[str, Permissions] = {
    service: import_module(f"services.{service}.permissions").PERMISSIONS for service in SERVICES
}
NEVER = {
    "review", "review_qualifications", "publish_demands", "list_supplies", "release_holds", "withdraw_pairings",
    "import_projects", "import_organizations", "keep_organizations", "keep_supervision", "manage_api_clients",
    "make_grants", "read_grants", "revoke_grants", "begin_runs", "read_feed", "keep_commitments",
}  # fmt: skip


def test_every_scope_holds_actions_and_every_action_is_in_one_table_and_one_scope() -> None:
    assert SCOPES.keys() == set(GrantScope)
    assert len(SCOPE_OF_ACTION) == sum(len(line.actions) for line in SCOPES.values())
    for action in SCOPE_OF_ACTION:
        assert len([table for table in TABLES.values() if action in table]) == 1, action


def test_a_scope_names_the_grantors_whose_role_has_any_of_it() -> None:
    everything = {action: roles for table in TABLES.values() for action, roles in table.items()}
    for scope, line in SCOPES.items():
        assert line.grantors == frozenset().union(*(everything[one] for one in line.actions)) & GRANTORS, scope


def test_what_an_office_must_do_itself_can_never_be_granted() -> None:
    known = {action for table in TABLES.values() for action in table}
    assert known >= NEVER
    assert not NEVER & SCOPE_OF_ACTION.keys()
    for table in TABLES.values():
        for action, roles in table.items():
            assert roles & (GRANTORS | {Role.PARTNER_APPLICATION}) or action not in SCOPE_OF_ACTION, action
