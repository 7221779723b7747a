"""Who may do what every service does alike: the feed is for services, the audit log for one, code lists for all."""

from tests.matrix.rules import ANY, Rule, by, is_open


def rules_of_every(service: str, snapshot: str | None) -> tuple[Rule, ...]:
    """Return the rules of feed and audit log and of what needs no token; ``snapshot`` is a type the feed can list."""
    feed = f"GET /{service}/v1/feed"
    return (
        Rule(feed, by(service=ANY)),
        Rule(f"{feed}/cursor", by(service=ANY)),
        Rule(
            f"{feed}/snapshot", by(service=ANY), query={"type": snapshot or "none"}, answers=None if snapshot else 422
        ),
        Rule(f"GET /{service}/v1/audit-entries", by(audit=ANY)),
        Rule(f"GET /{service}/v1/audit-entries/export", by(audit=ANY)),
        is_open(f"GET /{service}/livez"),
        is_open(f"GET /{service}/readyz"),
        is_open(f"GET /{service}/problems/{{slug}}"),
        is_open(f"GET /{service}/v1/dictionaries"),
        is_open(f"GET /{service}/v1/dictionaries/{{name}}"),
    )
