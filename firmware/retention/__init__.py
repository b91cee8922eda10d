"""The law of time, pure: when a recording falls due. It takes dates and knows no clock."""
