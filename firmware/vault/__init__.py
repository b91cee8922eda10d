"""Locks and the keys that open them: a recording lives as long as one of its locks opens."""
