-- The sweep that looks for objects written after their version was sealed asks by that time, every minute.
CREATE INDEX versions_by_seal ON versions (state, sealed_at);
