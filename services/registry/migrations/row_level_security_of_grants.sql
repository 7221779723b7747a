-- Row-level security of grants: they belong to the scope that granted them and to the application that holds them.
CALL guard_rows('grants');

CREATE POLICY seen ON grants FOR SELECT USING (
    grantor_scope = (SELECT current_setting('app.scope', true))
    OR ((SELECT current_setting('app.scope', true)) = 'public' AND application = (SELECT app_subject()))
    OR (SELECT current_setting('app.scope', true)) IN ('security', 'tokens')
);
CREATE POLICY added ON grants FOR INSERT WITH CHECK (
    grantor_scope = (SELECT current_setting('app.scope', true)) AND granted_by = (SELECT app_subject())
);
CREATE POLICY changed ON grants FOR UPDATE USING (
    grantor_scope = (SELECT current_setting('app.scope', true))
    OR (SELECT current_setting('app.scope', true)) = 'security'
);
