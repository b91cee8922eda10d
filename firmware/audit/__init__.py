"""The audit log: what was done to recordings, by whom and why, in order and complete."""
