"""One folder a page: its sections, its strings and its prose in every language."""
