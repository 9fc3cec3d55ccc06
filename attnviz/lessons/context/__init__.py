"""One word in two sentences: how context moves its meaning."""
