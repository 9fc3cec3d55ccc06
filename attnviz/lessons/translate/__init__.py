"""Writing a translation token by token."""
