"""What the reader chose, and what a page needs to know before it draws: texts, models, the table of pages."""
