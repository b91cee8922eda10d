"""What a line sounds like, for all lines of a tick at once: pure numpy."""
