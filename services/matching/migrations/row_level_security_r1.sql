-- Row-level security of matching, revision 1: what the repositories say of who sees and changes what.

CALL guard_rows(
    'demand_profiles', 'supply_profiles', 'organization_profiles', 'pairings', 'pairing_events', 'runs',
    'subscriptions', 'push_events', 'deliveries'
);

-- The owners of subscriptions that the caller is one of; the keys are those of owner_of() in subscriptions/models.py.
CREATE FUNCTION subscription_owners() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN current_setting('app.scope', true) = 'public' THEN ARRAY['application:' || public.app_subject()]
        WHEN public.app_organization() IS NOT NULL THEN ARRAY['organization:' || public.app_organization()]
        WHEN public.app_prefix('rural') IS NOT NULL THEN ARRAY[
            'office:rural_officer:' || public.app_prefix('rural'),
            'office:village_editor:' || public.app_prefix('rural')
        ]
        WHEN public.app_prefix('civil') IS NOT NULL
            THEN ARRAY['office:civil_affairs_officer:' || public.app_prefix('civil')]
    END
$$;

-- The mirrors are written by the feed's consumers alone. What is seen may be locked (FOR SHARE asks the policy of an
-- UPDATE), so that nothing is proposed for what closes at this moment; a change is refused by the check.
CREATE POLICY seen ON demand_profiles FOR SELECT USING (
    ((SELECT app_sees_published()) AND status IN ('published', 'partly_covered', 'covered'))
    OR starts_with(division, (SELECT coalesce(app_prefix('rural'), app_prefix('civil'))))
);
CREATE POLICY locked ON demand_profiles FOR UPDATE USING (
    ((SELECT app_sees_published()) AND status IN ('published', 'partly_covered', 'covered'))
    OR starts_with(division, (SELECT coalesce(app_prefix('rural'), app_prefix('civil'))))
) WITH CHECK (false);

CREATE POLICY seen ON supply_profiles FOR SELECT USING (
    ((SELECT app_sees_published()) AND status IN ('listed', 'full'))
    OR organization_id = (SELECT app_organization())
    OR ((SELECT app_prefix('civil')) IS NOT NULL AND organization_id IN (
        SELECT o.id FROM organization_profiles o WHERE starts_with(o.record_division, (SELECT app_prefix('civil')))
    ))
);
CREATE POLICY locked ON supply_profiles FOR UPDATE USING (
    ((SELECT app_sees_published()) AND status IN ('listed', 'full'))
    OR organization_id = (SELECT app_organization())
    OR ((SELECT app_prefix('civil')) IS NOT NULL AND organization_id IN (
        SELECT o.id FROM organization_profiles o WHERE starts_with(o.record_division, (SELECT app_prefix('civil')))
    ))
) WITH CHECK (false);

CREATE POLICY seen ON organization_profiles FOR SELECT USING ((SELECT app_sees_published()));

-- One's own side; what is on hold is known to its initiator and to the offices that may release it.
CREATE POLICY seen ON pairings FOR SELECT USING (
    (starts_with(demand_division, (SELECT app_prefix('rural'))) AND (opened_at IS NOT NULL OR origin = 'ordered'))
    OR (organization_id = (SELECT app_organization()) AND (opened_at IS NOT NULL OR origin = 'taken'))
    OR starts_with(record_division, (SELECT app_prefix('civil')))
);
CREATE POLICY added ON pairings FOR INSERT WITH CHECK (
    (starts_with(demand_division, (SELECT app_prefix('rural'))) AND origin = 'ordered')
    OR (organization_id = (SELECT app_organization()) AND origin = 'taken')
    OR (starts_with(record_division, (SELECT app_prefix('civil'))) AND origin = 'invited')
);
CREATE POLICY changed ON pairings FOR UPDATE USING (
    (starts_with(demand_division, (SELECT app_prefix('rural'))) AND (opened_at IS NOT NULL OR origin = 'ordered'))
    OR (organization_id = (SELECT app_organization()) AND (opened_at IS NOT NULL OR origin = 'taken'))
    OR starts_with(record_division, (SELECT app_prefix('civil')))
);

-- The sub-select sees the pairings that the caller sees.
CREATE POLICY seen ON pairing_events FOR SELECT USING (EXISTS (SELECT FROM pairings p WHERE p.id = pairing_id));
CREATE POLICY added ON pairing_events FOR INSERT WITH CHECK (EXISTS (SELECT FROM pairings p WHERE p.id = pairing_id));

CREATE POLICY kept ON subscriptions USING (owner = ANY ((SELECT subscription_owners())::text[]))
    WITH CHECK (owner = ANY ((SELECT subscription_owners())::text[]));

-- The sub-select sees the caller's own subscriptions. Deliveries are added by the platform, and deleted with theirs.
CREATE POLICY seen ON deliveries FOR SELECT USING (EXISTS (SELECT FROM subscriptions s WHERE s.id = subscription_id));
CREATE POLICY changed ON deliveries FOR UPDATE USING (EXISTS (SELECT FROM subscriptions s WHERE s.id = subscription_id));
