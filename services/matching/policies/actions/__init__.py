"""What one can do with policies: read the one in force, draft a version, and review it as a second person."""

from services.matching.policies.actions.reading import (
    list_policies,
    read_current_policy,
    read_gates,
    read_policy,
    store_shipped_policies,
)

__all__ = ["list_policies", "read_current_policy", "read_gates", "read_policy", "store_shipped_policies"]
