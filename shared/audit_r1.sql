CREATE TABLE audit_entries (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    subject text NOT NULL,
    issuer text,
    role text,
    acting_for text,
    client_address text,
    request_id text,
    action text NOT NULL,
    effect character varying(40) NOT NULL,
    object_type text,
    object_id text,
    fields text[] NOT NULL,
    hash_before text,
    hash_after text,
    result character varying(40) NOT NULL,
    reason text,
    times bigint NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id),
    CONSTRAINT ck_audit_entries_effect_known CHECK (effect IN ('created', 'changed', 'deleted', 'read', 'none')),
    CONSTRAINT ck_audit_entries_result_known CHECK (result IN ('done', 'refused'))
);

CREATE INDEX ix_audit_entries_at ON audit_entries (at);

CREATE INDEX ix_audit_entries_request_id ON audit_entries (request_id);

CREATE INDEX ix_audit_entries_subject ON audit_entries (subject, id);

CREATE INDEX ix_audit_entries_object ON audit_entries (object_type, object_id, id);

CREATE TABLE audit_pending (
    audit_id uuid NOT NULL,
    CONSTRAINT pk_audit_pending PRIMARY KEY (audit_id)
);

CREATE TABLE audit_chain (
    pos bigint NOT NULL,
    audit_id uuid NOT NULL,
    key_id text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT pk_audit_chain PRIMARY KEY (pos),
    CONSTRAINT uq_audit_chain_audit_id UNIQUE (audit_id)
);

CREATE TABLE audit_anchors (
    id uuid NOT NULL,
    kind character varying(40) NOT NULL,
    pos bigint NOT NULL,
    hash text NOT NULL,
    at timestamp with time zone NOT NULL,
    key_id text NOT NULL,
    signature text NOT NULL,
    CONSTRAINT pk_audit_anchors PRIMARY KEY (id),
    CONSTRAINT ck_audit_anchors_kind_known CHECK (kind IN ('head', 'trimmed'))
);

CREATE INDEX ix_audit_anchors_pos ON audit_anchors (pos);

-- What is written stays: whoever is not the owner may add and read. The app role is called otherwise in each database.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT tables.relname, roles.rolname
        FROM pg_class AS tables
        CROSS JOIN LATERAL aclexplode(tables.relacl) AS acl
        JOIN pg_roles AS roles ON roles.oid = acl.grantee
        WHERE tables.oid IN ('audit_entries'::regclass, 'audit_chain'::regclass, 'audit_anchors'::regclass)
          AND acl.grantee <> tables.relowner
          AND acl.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', given.relname, given.rolname);
    END LOOP;
END
$$;
