"""The recorder process: from taps, buttons and sensors to the spool."""
