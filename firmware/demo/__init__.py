"""The whole life of a call on this machine, with no hardware."""
