-- Row-level security of ratings: who sees a pairing sees them, and each side gives its own of what is completed.

CALL guard_rows('pairing_ratings');

-- The sub-selects see the pairings that the caller sees.
CREATE POLICY seen ON pairing_ratings FOR SELECT USING (EXISTS (SELECT FROM pairings p WHERE p.id = pairing_id));
CREATE POLICY added ON pairing_ratings FOR INSERT WITH CHECK (EXISTS (
    SELECT FROM pairings p WHERE p.id = pairing_id AND p.status = 'completed' AND CASE side
        WHEN 'supply' THEN p.organization_id = (SELECT app_organization())
        ELSE starts_with(p.demand_division, (SELECT app_prefix('rural')))
    END
));
