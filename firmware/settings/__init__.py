"""Settings: one TOML file in, frozen dataclasses out, or every mistake at once."""
