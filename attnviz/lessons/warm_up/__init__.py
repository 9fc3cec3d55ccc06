"""The learning rate's warm-up, on the paper and in our own training."""
