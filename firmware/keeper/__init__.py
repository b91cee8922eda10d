"""The keeper process: the one owner of store, vault, catalogue and audit log."""
