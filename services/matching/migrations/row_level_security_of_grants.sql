-- Row-level security of subscriptions made under a grant: app.subject is then "<application> for <grantor>", and the
-- key of their owner, made by owner_of() in subscriptions/models.py, stands beside the grantor's own in its scope.
CREATE OR REPLACE FUNCTION subscription_owners() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN current_setting('app.scope', true) = 'public' THEN ARRAY[]::text[]
        WHEN public.app_organization() IS NOT NULL THEN ARRAY['organization:' || public.app_organization()]
        WHEN public.app_prefix('rural') IS NOT NULL THEN ARRAY[
            'office:rural_officer:' || public.app_prefix('rural'),
            'office:village_editor:' || public.app_prefix('rural')
        ]
        WHEN public.app_prefix('civil') IS NOT NULL
            THEN ARRAY['office:civil_affairs_officer:' || public.app_prefix('civil')]
    END || ('application:' || public.app_subject())
$$;
