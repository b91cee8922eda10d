"""The office PC's side: recordings are opened here, with keys that no box ever sees."""
