-- Revision 1 of row-level security: what every service's policies ask, and the policies of the tables that all have.
-- Frozen: a change is a new file and a new migration. docs/row-level-security.md names every table.
--
-- Each function reads what shared/db.py told the transaction. A policy asks it in a scalar sub-select, which PostgreSQL
-- evaluates once a statement. Without a scope each answers NULL or false, so that no row is seen.

CREATE FUNCTION app_is_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT coalesce(current_setting('app.scope', true), '') = 'platform'
$$;

-- Whether the scope belongs to the business, whose public part everybody in it sees.
CREATE FUNCTION app_sees_published() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT coalesce(current_setting('app.scope', true), '') ~ '^(platform$|public$|(rural|civil|organization|unit):)'
$$;

-- The prefix of the division codes of an office of this kind (rural, civil); '' = the whole country.
CREATE FUNCTION app_prefix(office text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN starts_with(current_setting('app.scope', true), office || ':')
        THEN substr(current_setting('app.scope', true), length(office) + 2) END
$$;

-- The organization that the caller is.
CREATE FUNCTION app_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN starts_with(current_setting('app.scope', true), 'organization:')
        THEN substr(current_setting('app.scope', true), 14)::uuid END
$$;

-- The organization that a supervising unit works for.
CREATE FUNCTION app_unit() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN starts_with(current_setting('app.scope', true), 'unit:')
        THEN substr(current_setting('app.scope', true), 6)::uuid END
$$;

-- The caller's name, for what belongs to one client alone.
CREATE FUNCTION app_subject() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT nullif(current_setting('app.subject', true), '')
$$;

-- Closes tables to all but the owner role, which migrates, and the platform's own work. FORCE: so that the owner comes
-- in by its policy alone, and a table without one is closed to it too. PostgreSQL asks policies from the last name to
-- the first: the platform's comes first, and its work waits for no sub-select of the others.
CREATE PROCEDURE guard_rows(VARIADIC guarded text[]) LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY guarded LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON public.%I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format(
            'CREATE POLICY whole_platform ON public.%I USING ((SELECT public.app_is_platform()))'
            ' WITH CHECK ((SELECT public.app_is_platform()))', name
        );
    END LOOP;
END
$$;

CALL guard_rows('feed_events', 'idempotency_keys', 'operations');

-- Whoever changes an aggregate announces it; only the feed reads, which hands out whole snapshots.
CREATE POLICY added ON feed_events FOR INSERT WITH CHECK ((SELECT app_sees_published()));

CREATE POLICY seen ON idempotency_keys FOR SELECT USING (subject = (SELECT app_subject()));
CREATE POLICY added ON idempotency_keys FOR INSERT WITH CHECK (subject = (SELECT app_subject()));

CREATE POLICY seen ON operations FOR SELECT USING (subject = (SELECT app_subject()));
CREATE POLICY added ON operations FOR INSERT WITH CHECK (subject = (SELECT app_subject()));
