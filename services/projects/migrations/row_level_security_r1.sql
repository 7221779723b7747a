-- Row-level security of projects, revision 1: what the repositories say of who sees and changes what.

CALL guard_rows(
    'demands', 'survey_records', 'supplies', 'reviews', 'commitments', 'organizations', 'imports', 'import_rows'
);

CREATE POLICY seen ON demands FOR SELECT USING (
    ((SELECT app_sees_published()) AND status IN ('published', 'partly_covered', 'covered'))
    OR starts_with(division, (SELECT app_prefix('rural')))
);
CREATE POLICY added ON demands FOR INSERT WITH CHECK (starts_with(division, (SELECT app_prefix('rural'))));
CREATE POLICY changed ON demands FOR UPDATE USING (starts_with(division, (SELECT app_prefix('rural'))))
    WITH CHECK (starts_with(division, (SELECT app_prefix('rural'))));

CREATE POLICY seen ON survey_records FOR SELECT USING (
    EXISTS (SELECT FROM demands d WHERE d.id = demand_id AND starts_with(d.division, (SELECT app_prefix('rural'))))
);
CREATE POLICY added ON survey_records FOR INSERT WITH CHECK (
    EXISTS (SELECT FROM demands d WHERE d.id = demand_id AND starts_with(d.division, (SELECT app_prefix('rural'))))
);

-- Mirrored: every role of the business may know that an organization exists.
CREATE POLICY seen ON organizations FOR SELECT USING ((SELECT app_sees_published()));

-- Kept by the organization itself and the civil affairs office of its record. The sub-select is asked only in an
-- office's scope, and once a statement.
CREATE POLICY seen ON supplies FOR SELECT USING (
    ((SELECT app_sees_published()) AND status IN ('listed', 'full'))
    OR organization_id = (SELECT app_organization())
    OR ((SELECT app_prefix('civil')) IS NOT NULL AND organization_id IN (
        SELECT o.id FROM organizations o WHERE starts_with(o.record_division, (SELECT app_prefix('civil')))
    ))
);
CREATE POLICY added ON supplies FOR INSERT WITH CHECK (
    organization_id = (SELECT app_organization())
    OR ((SELECT app_prefix('civil')) IS NOT NULL AND organization_id IN (
        SELECT o.id FROM organizations o WHERE starts_with(o.record_division, (SELECT app_prefix('civil')))
    ))
);
CREATE POLICY changed ON supplies FOR UPDATE USING (
    organization_id = (SELECT app_organization())
    OR ((SELECT app_prefix('civil')) IS NOT NULL AND organization_id IN (
        SELECT o.id FROM organizations o WHERE starts_with(o.record_division, (SELECT app_prefix('civil')))
    ))
);

CREATE POLICY seen ON reviews FOR SELECT USING (
    (subject_kind = 'demand' AND EXISTS (
        SELECT FROM demands d WHERE d.id = subject_id AND starts_with(d.division, (SELECT app_prefix('rural')))
    ))
    OR (subject_kind = 'supply' AND EXISTS (
        SELECT FROM supplies s LEFT JOIN organizations o ON o.id = s.organization_id WHERE s.id = subject_id AND (
            s.organization_id = (SELECT app_organization())
            OR starts_with(o.record_division, (SELECT app_prefix('civil')))
        )
    ))
);
CREATE POLICY added ON reviews FOR INSERT WITH CHECK (
    (subject_kind = 'demand' AND EXISTS (
        SELECT FROM demands d WHERE d.id = subject_id AND starts_with(d.division, (SELECT app_prefix('rural')))
    ))
    OR (subject_kind = 'supply' AND EXISTS (
        SELECT FROM supplies s JOIN organizations o ON o.id = s.organization_id
        WHERE s.id = subject_id AND starts_with(o.record_division, (SELECT app_prefix('civil')))
    ))
);

-- Seen by who keeps the demand or the supply; held and given back by the services alone.
CREATE POLICY seen ON commitments FOR SELECT USING (
    EXISTS (SELECT FROM demands d WHERE d.id = demand_id AND starts_with(d.division, (SELECT app_prefix('rural'))))
    OR EXISTS (
        SELECT FROM supplies s LEFT JOIN organizations o ON o.id = s.organization_id WHERE s.id = supply_id AND (
            s.organization_id = (SELECT app_organization())
            OR starts_with(o.record_division, (SELECT app_prefix('civil')))
        )
    )
);

CREATE POLICY seen ON imports FOR SELECT USING (
    (kind = 'demands' AND starts_with(division, (SELECT app_prefix('rural'))))
    OR (kind = 'supplies' AND starts_with(division, (SELECT app_prefix('civil'))))
);
CREATE POLICY added ON imports FOR INSERT WITH CHECK (
    (kind = 'demands' AND starts_with(division, (SELECT app_prefix('rural'))))
    OR (kind = 'supplies' AND starts_with(division, (SELECT app_prefix('civil'))))
);

-- The sub-select sees the imports that the caller sees.
CREATE POLICY seen ON import_rows FOR SELECT USING (EXISTS (SELECT FROM imports i WHERE i.id = import_id));
