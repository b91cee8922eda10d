"""Hardware, one driver a module; nothing here knows of calls, recordings or law."""
