"""From a model and a sentence to a trace: every intermediate, in read-only NumPy."""
