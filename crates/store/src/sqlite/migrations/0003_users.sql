-- A user has no description, no longest session and no trust policy.
CREATE TABLE identities_before (
    change INTEGER PRIMARY KEY REFERENCES journal (seq) ON DELETE CASCADE,
    arn TEXT NOT NULL,
    unique_id TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT,
    max_session_duration_s INTEGER,
    trust TEXT,
    inline TEXT NOT NULL,
    managed TEXT NOT NULL,
    boundary TEXT,
    tags TEXT NOT NULL
) STRICT;
INSERT INTO identities_before SELECT * FROM documents_before;
DROP TABLE documents_before;
ALTER TABLE identities_before RENAME TO documents_before;
