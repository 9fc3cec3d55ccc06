"""From the mean of what was said so far to attention, in four stages."""
