"""What a mask does, and what goes wrong without it."""
