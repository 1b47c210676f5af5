-- What was put away is listed by its owner, and deleted after a while.
CREATE INDEX notifications_archived_idx ON notifications (user_id, created_at DESC, id DESC) WHERE archived_at IS NOT NULL;
CREATE INDEX notifications_archived_at_idx ON notifications (archived_at, id) WHERE archived_at IS NOT NULL;
