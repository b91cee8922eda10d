"""What a person types over SSH, spoken to the keeper."""
