"""Buttons and lamps under one contract."""
