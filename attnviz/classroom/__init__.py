"""A class: who leads it, where it is, what it votes on and asks; kept in memory or in Valkey, drawn elsewhere."""
