"""All heads of a model at once."""
