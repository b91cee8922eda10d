"""What of a call may be kept: pure, told in events, answered in orders."""
