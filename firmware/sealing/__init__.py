"""From samples to a sealed recording: FLAC, age, the live log, the finish."""
