-- Row-level security of registry, revision 1: what the repositories say of who sees and changes what.

CALL guard_rows(
    'organizations', 'qualifications', 'supervision_records', 'api_clients', 'api_client_secrets', 'signing_keys',
    'imports', 'import_rows'
);

-- The fund-raisers of the organizations in sight: whoever sees an organization sees whom it works with, also where that
-- one lies outside the scope. SECURITY DEFINER, since a policy cannot ask its own table; it tells ids alone. An array
-- in a scalar sub-select: asked once, and only when a row is seen for no other reason.
CREATE FUNCTION partners_in_sight() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT array_agg(DISTINCT fundraiser_id) FROM public.organizations WHERE fundraiser_id IS NOT NULL AND (
        starts_with(record_division, (SELECT public.app_prefix('civil')))
        OR id = (SELECT public.app_organization())
        OR id = (SELECT public.app_unit())
        OR ((SELECT public.app_sees_published() AND public.app_prefix('civil') IS NULL) AND enrolment_status = 'active')
    )
$$;

CREATE POLICY seen ON organizations FOR SELECT USING (
    starts_with(record_division, (SELECT app_prefix('civil')))
    OR id = (SELECT app_organization())
    OR id = (SELECT app_unit())
    OR ((SELECT app_sees_published() AND app_prefix('civil') IS NULL) AND enrolment_status = 'active')
    OR id = ANY ((SELECT partners_in_sight())::uuid[])
);
CREATE POLICY added ON organizations FOR INSERT
    WITH CHECK (starts_with(record_division, (SELECT app_prefix('civil'))));
CREATE POLICY changed ON organizations FOR UPDATE USING (
    starts_with(record_division, (SELECT app_prefix('civil'))) OR id = (SELECT app_organization())
) WITH CHECK (
    starts_with(record_division, (SELECT app_prefix('civil'))) OR id = (SELECT app_organization())
);

-- Whoever sees the organization sees what is verified; its office and itself see the rest too.
CREATE POLICY seen ON qualifications FOR SELECT USING (
    organization_id = (SELECT app_organization())
    OR organization_id = (SELECT app_unit())
    OR EXISTS (
        SELECT FROM organizations o WHERE o.id = organization_id
        AND (qualifications.status = 'verified' OR starts_with(o.record_division, (SELECT app_prefix('civil'))))
    )
);
CREATE POLICY added ON qualifications FOR INSERT WITH CHECK (
    organization_id = (SELECT app_organization())
    OR EXISTS (
        SELECT FROM organizations o WHERE o.id = organization_id
        AND starts_with(o.record_division, (SELECT app_prefix('civil')))
    )
);
CREATE POLICY changed ON qualifications FOR UPDATE USING (
    EXISTS (
        SELECT FROM organizations o WHERE o.id = organization_id
        AND starts_with(o.record_division, (SELECT app_prefix('civil')))
    )
);

CREATE POLICY seen ON supervision_records FOR SELECT USING (
    organization_id = (SELECT app_organization())
    OR organization_id = (SELECT app_unit())
    OR EXISTS (
        SELECT FROM organizations o WHERE o.id = organization_id
        AND starts_with(o.record_division, (SELECT app_prefix('civil')))
    )
);
CREATE POLICY added ON supervision_records FOR INSERT WITH CHECK (
    EXISTS (
        SELECT FROM organizations o WHERE o.id = organization_id
        AND starts_with(o.record_division, (SELECT app_prefix('civil')))
    )
);

-- The security administrator keeps the clients; who asks for a token is no caller yet and reads what proves it.
CREATE POLICY kept ON api_clients USING ((SELECT current_setting('app.scope', true)) = 'security')
    WITH CHECK ((SELECT current_setting('app.scope', true)) = 'security');
CREATE POLICY seen ON api_clients FOR SELECT USING ((SELECT current_setting('app.scope', true)) = 'tokens');

-- A secret's hash, likewise; giving out a token notes that the secret was used.
CREATE POLICY kept ON api_client_secrets USING ((SELECT current_setting('app.scope', true)) = 'security')
    WITH CHECK ((SELECT current_setting('app.scope', true)) = 'security');
CREATE POLICY seen ON api_client_secrets FOR SELECT USING ((SELECT current_setting('app.scope', true)) = 'tokens');
CREATE POLICY used ON api_client_secrets FOR UPDATE USING ((SELECT current_setting('app.scope', true)) = 'tokens')
    WITH CHECK ((SELECT current_setting('app.scope', true)) = 'tokens');

CREATE POLICY seen ON signing_keys FOR SELECT USING ((SELECT current_setting('app.scope', true)) = 'tokens');
CREATE POLICY added ON signing_keys FOR INSERT WITH CHECK ((SELECT current_setting('app.scope', true)) = 'tokens');

CREATE POLICY seen ON imports FOR SELECT
    USING (kind = 'organizations' AND starts_with(division, (SELECT app_prefix('civil'))));
CREATE POLICY added ON imports FOR INSERT
    WITH CHECK (kind = 'organizations' AND starts_with(division, (SELECT app_prefix('civil'))));

-- The sub-select sees the imports that the caller sees.
CREATE POLICY seen ON import_rows FOR SELECT USING (EXISTS (SELECT FROM imports i WHERE i.id = import_id));
