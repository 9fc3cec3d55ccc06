"""How a model knows the order of its words."""
