"""Start's bet as a vote of the class: its options are the words that the figure lets a single reader tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from attnviz.session.bet import Bet
from attnviz.session.markdown import literal
from attnviz.session.numerals import written
from attnviz.session.screen import Screen
from attnviz.trace.seen import Seen
from attnviz.trace.tokens import visible_line
from attnviz.ui.classroom import is_voting

MOST = 12  # words that a phone lists on one screen


def voted(screen: Screen, bet: Bet | None, shown: Seen, place: tuple[int, int, int]) -> Bet | None:
    """Return the bet, closed while the reader's class votes on it; offer a teacher the vote.

    ``place`` (layer, head, row) in ``shown``. Of a longer sentence there is no vote: its words would not be read.
    """
    if bet is None:
        return None
    row = shown.weights[place]  # (column)
    best = max(bet.options or range(len(row)), key=lambda column: row[column])
    # a word that stands twice is one answer: the strongest, or else the first of them
    words = {shown.column_labels[column]: column for column in reversed(bet.options or range(len(row)))}
    words[shown.column_labels[best]] = best
    columns = sorted(words.values())
    if not 2 <= len(columns) <= MOST:
        return bet
    query = literal(shown.row_labels[place[2]])

    def settle() -> tuple[str, Mapping[str, str]]:
        most = {"query": query, "best": literal(shown.column_labels[best]), "most": written(float(row[best]))}
        whys = {
            str(column): screen.texts(
                "start.vote_right_why" if column == best else "start.vote_wrong_why",
                weight=written(float(row[column])),
                **most,
            )
            for column in columns
        }
        return str(best), whys

    asked = screen.texts("start.vote_ask", text=literal(visible_line(screen.trace.text)), query=query)
    labels = {str(column): literal(shown.column_labels[column]) for column in columns}
    closed = is_voting(screen.texts, f"start.{bet.name}", asked, labels, settle)
    return replace(bet, is_voted=True) if closed else bet
