"""Hook and ring sensors under one contract."""
