"""Audio sources under one contract, and the tap that reads one into a pipe."""
