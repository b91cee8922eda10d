"""Mail about open faults: one short process that asks the keeper, speaks to the office's relay, and ends."""
