"""Callbox: the firmware that makes an office's call recording notice true."""
