"""Many heads: split, attend, join; and how many parameters that takes."""
