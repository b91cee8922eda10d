"""What the sound of a line means for its calls: from what is heard to what the call machine is told. Pure."""
