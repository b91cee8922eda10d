"""Cells: 32 bytes in two slots that are truly overwritten in place."""
