"""The course map and the terms; its page is all the code it has."""
