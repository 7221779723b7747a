-- Databases and roles of the three services, as shared/database_roles.py renders them; a test compares both.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\getenv registry_owner_password REGISTRY_OWNER_PASSWORD
\getenv registry_app_password REGISTRY_APP_PASSWORD
DO $$ BEGIN CREATE ROLE registry_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE registry_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'registry_owner_password';
DO $$ BEGIN CREATE ROLE registry_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE registry_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'registry_app_password';
SELECT 'CREATE DATABASE xiangqiao_registry OWNER registry_owner TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8''' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'xiangqiao_registry') \gexec
REVOKE ALL ON DATABASE xiangqiao_registry FROM PUBLIC;
GRANT CONNECT ON DATABASE xiangqiao_registry TO registry_app;
\getenv projects_owner_password PROJECTS_OWNER_PASSWORD
\getenv projects_app_password PROJECTS_APP_PASSWORD
DO $$ BEGIN CREATE ROLE projects_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE projects_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'projects_owner_password';
DO $$ BEGIN CREATE ROLE projects_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE projects_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'projects_app_password';
SELECT 'CREATE DATABASE xiangqiao_projects OWNER projects_owner TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8''' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'xiangqiao_projects') \gexec
REVOKE ALL ON DATABASE xiangqiao_projects FROM PUBLIC;
GRANT CONNECT ON DATABASE xiangqiao_projects TO projects_app;
\getenv matching_owner_password MATCHING_OWNER_PASSWORD
\getenv matching_app_password MATCHING_APP_PASSWORD
DO $$ BEGIN CREATE ROLE matching_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE matching_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'matching_owner_password';
DO $$ BEGIN CREATE ROLE matching_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE matching_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'matching_app_password';
SELECT 'CREATE DATABASE xiangqiao_matching OWNER matching_owner TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8''' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'xiangqiao_matching') \gexec
REVOKE ALL ON DATABASE xiangqiao_matching FROM PUBLIC;
GRANT CONNECT ON DATABASE xiangqiao_matching TO matching_app;
\connect xiangqiao_registry
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO registry_app;
ALTER DEFAULT PRIVILEGES FOR ROLE registry_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO registry_app;
ALTER DEFAULT PRIVILEGES FOR ROLE registry_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO registry_app;
ALTER FUNCTION textlike(text, text) LEAKPROOF;
ALTER FUNCTION texticlike(text, text) LEAKPROOF;
ALTER FUNCTION arraycontains(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION arrayoverlap(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
ALTER FUNCTION word_similarity_commutator_op(text, text) LEAKPROOF;
\connect xiangqiao_projects
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO projects_app;
ALTER DEFAULT PRIVILEGES FOR ROLE projects_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO projects_app;
ALTER DEFAULT PRIVILEGES FOR ROLE projects_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO projects_app;
ALTER FUNCTION textlike(text, text) LEAKPROOF;
ALTER FUNCTION texticlike(text, text) LEAKPROOF;
ALTER FUNCTION arraycontains(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION arrayoverlap(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
ALTER FUNCTION word_similarity_commutator_op(text, text) LEAKPROOF;
\connect xiangqiao_matching
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO matching_app;
ALTER DEFAULT PRIVILEGES FOR ROLE matching_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO matching_app;
ALTER DEFAULT PRIVILEGES FOR ROLE matching_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO matching_app;
ALTER FUNCTION textlike(text, text) LEAKPROOF;
ALTER FUNCTION texticlike(text, text) LEAKPROOF;
ALTER FUNCTION arraycontains(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION arrayoverlap(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
ALTER FUNCTION word_similarity_commutator_op(text, text) LEAKPROOF;
