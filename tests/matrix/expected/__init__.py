"""The table that the answers are compared with: a line for every route, written by hand from the design."""

from tests.matrix.expected import matching, projects, registry
from tests.matrix.expected.every_service import rules_of_every

RULES = {
    "registry": (*registry.RULES, *rules_of_every("registry", registry.SNAPSHOT)),
    "projects": (*projects.RULES, *rules_of_every("projects", projects.SNAPSHOT)),
    "matching": (*matching.RULES, *rules_of_every("matching", matching.SNAPSHOT)),
}
SECRETS = {"registry": registry.SECRETS, "projects": projects.SECRETS, "matching": matching.SECRETS}
"""What only some may see in any answer, by the name of its mark among the objects."""
