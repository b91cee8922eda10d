"""The console script: parses, then starts a process or a command."""
