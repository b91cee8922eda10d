"""The coverage ledger: what became of every second off the hook."""
