"""Follow one word: one query of one head through the nine steps, as moving pictures."""

from attnviz.lessons.follow.film import film
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    film(shown)
