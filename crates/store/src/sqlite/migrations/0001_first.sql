-- Times are microseconds since 1970; ids of accounts their twelve digits; words those of the reports.

CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    organization TEXT NOT NULL,
    listing_at INTEGER,
    listing_complete INTEGER,
    learned_rates TEXT,
    -- Written anew to see whether there is room.
    room BLOB
) STRICT;

CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fencing INTEGER NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    run TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE units (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    parent TEXT
) STRICT, WITHOUT ROWID;

-- "/r-…/ou-…/": few, and shared by many accounts.
CREATE TABLE ou_paths (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- The name for searching, whatever the case.
    folded_name TEXT NOT NULL,
    state TEXT NOT NULL,
    ou_path INTEGER REFERENCES ou_paths (id),
    tags TEXT,
    left_at INTEGER,
    profile TEXT,
    verdict TEXT,
    -- Effect, aspects (one bit each), role and fingerprint: of the last visit that read the role.
    effect TEXT,
    aspects INTEGER NOT NULL DEFAULT 0,
    role_arn TEXT,
    role_id TEXT,
    ownership TEXT,
    fingerprint TEXT,
    cause_code TEXT,
    cause_message TEXT,
    cause_remedy TEXT,
    visited_at INTEGER,
    verified_at INTEGER,
    next_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_verdict ON accounts (verdict, left_at);
CREATE INDEX accounts_by_effect ON accounts (effect) WHERE effect IS NOT NULL;
CREATE INDEX accounts_by_cause ON accounts (cause_code) WHERE cause_code IS NOT NULL;
CREATE INDEX accounts_by_ou_path ON accounts (ou_path, left_at, verdict);
CREATE INDEX accounts_by_verified_at ON accounts (left_at, verified_at, verdict);

-- What was found where a role is not as wanted; redacted JSON.
CREATE TABLE findings (
    account TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    differences TEXT NOT NULL,
    steps TEXT NOT NULL,
    violations TEXT NOT NULL,
    found TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE drift (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    aspect TEXT NOT NULL,
    subject TEXT NOT NULL,
    effect TEXT NOT NULL,
    summary TEXT NOT NULL,
    -- The account's visit before the first that saw it: what mends it is later.
    since INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    ended_at INTEGER,
    ended_by TEXT,
    was_in_sync INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX drift_open ON drift (account, aspect, subject) WHERE ended_at IS NULL;
CREATE INDEX drift_open_by_aspect ON drift (aspect, effect) WHERE ended_at IS NULL;
CREATE INDEX drift_by_account ON drift (account, id);
CREATE INDEX drift_by_first_seen ON drift (first_seen, effect);
CREATE INDEX drift_by_ended_at ON drift (ended_at, effect, ended_by, first_seen);

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    run TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    verdict TEXT,
    observation TEXT NOT NULL,
    -- Of an intent: the plan (redacted JSON), its calls in words, what they mend, and the entry that
    -- closed it.
    plan TEXT,
    calls TEXT,
    mends TEXT,
    closed_by INTEGER
) STRICT;
CREATE INDEX journal_by_account ON journal (account, seq);
CREATE INDEX journal_open ON journal (account, at) WHERE kind = 'intent' AND closed_by IS NULL;
CREATE INDEX journal_by_at ON journal (at);

-- The role before a change, for restoring. The only place that holds documents unredacted.
CREATE TABLE documents_before (
    change INTEGER PRIMARY KEY REFERENCES journal (seq) ON DELETE CASCADE,
    arn TEXT NOT NULL,
    role_id TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT NOT NULL,
    max_session_duration_s INTEGER NOT NULL,
    trust TEXT NOT NULL,
    inline TEXT NOT NULL,
    managed TEXT NOT NULL,
    boundary TEXT,
    tags TEXT NOT NULL
) STRICT;

CREATE TABLE passes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    interrupted INTEGER NOT NULL DEFAULT 0,
    fell_behind INTEGER NOT NULL DEFAULT 0,
    listing_incomplete TEXT,
    visited INTEGER NOT NULL DEFAULT 0,
    by_verdict TEXT NOT NULL DEFAULT '{}',
    calls TEXT NOT NULL DEFAULT '{}',
    throttled TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    last_error TEXT,
    sent_at INTEGER,
    given_up_at INTEGER,
    UNIQUE (key, target)
) STRICT;
CREATE INDEX notifications_due ON notifications (target, next_at)
    WHERE sent_at IS NULL AND given_up_at IS NULL;
