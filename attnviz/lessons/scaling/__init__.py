"""Why the scores are divided by the root of d_k."""
