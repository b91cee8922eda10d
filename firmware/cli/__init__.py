"""The console script: parses, then starts a process or a command."""

from pathlib import Path

CONFIG = Path("/etc/callbox/callbox.toml")
"""The settings file of an installed box (systemd/, README)."""
