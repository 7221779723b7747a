"""Let the supervising unit of an organization see its submitted supplies and comment on them in reviews."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

POLICIES = """
CREATE POLICY supervised ON supplies FOR SELECT USING (
    organization_id = (SELECT app_unit()) AND submitted_by IS NOT NULL
);
CREATE POLICY supervised ON reviews FOR SELECT USING (
    subject_kind = 'supply' AND EXISTS (
        SELECT FROM supplies s
        WHERE s.id = subject_id AND s.organization_id = (SELECT app_unit()) AND s.submitted_by IS NOT NULL
    )
);
CREATE POLICY commented ON reviews FOR INSERT WITH CHECK (
    subject_kind = 'supply' AND decision = 'comment' AND EXISTS (
        SELECT FROM supplies s
        WHERE s.id = subject_id AND s.organization_id = (SELECT app_unit()) AND s.status = 'submitted'
    )
);
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_reviews_decision_known"), "reviews", type_="check")
    op.create_check_constraint(
        op.f("ck_reviews_decision_known"), "reviews", "decision IN ('approve', 'return', 'comment')"
    )
    op.create_check_constraint(
        op.f("ck_reviews_comment_has_note"), "reviews", "decision <> 'comment' or note is not null"
    )
    for policy in POLICIES.split(";"):
        if policy.strip():
            op.execute(policy)
