"""The first page; its page is all the code it has."""
