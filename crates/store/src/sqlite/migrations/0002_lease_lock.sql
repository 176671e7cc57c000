-- Whether the holder of the lease has the lock of the processes of its machine too.
ALTER TABLE lease ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
