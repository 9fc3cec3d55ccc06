"""One word followed through one head, as moving pictures."""
