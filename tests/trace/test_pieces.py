from attnviz.trace.pieces import joined, pieces

TOKENS, WORDS = ("sn", "ake", "is", "v", "en", "om", "‹end›", "‹pad›"), (0, 0, 1, 2, 2, 2, None, None)


def test_pieces_of_a_word_are_joined() -> None:
    assert joined(TOKENS, WORDS) == "sn·ake is v·en·om ‹end› ‹pad›"


def test_a_piece_shows_where_its_word_goes_on() -> None:
    assert pieces(TOKENS, WORDS) == ("sn·", "·ake", "is", "v·", "·en·", "·om", "‹end›", "‹pad›")
    assert pieces((), ()) == ()
