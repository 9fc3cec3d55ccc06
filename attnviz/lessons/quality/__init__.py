"""How good the models are, and how BLEU comes about."""
