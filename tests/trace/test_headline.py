"""The opening link, its record and the paper's link, against weights written down by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import attnviz
from attnviz import Model, Trace
from attnviz.session.examples import EXAMPLES
from attnviz.trace.evaluation import Evaluation, NamedLink, OpeningSentence, load_evaluation
from attnviz.trace.headline import headline, measured_for, opening_link, paper_link, telling
from attnviz.trace.opening import is_content
from attnviz.trace.records import Array
from attnviz.trace.seen import seen


@pytest.fixture(scope="module")
def paper(model: Model) -> Trace:
    return attnviz.trace(model, EXAMPLES["paper"], "Es ist .")


@pytest.fixture(scope="module")
def control(untrained: Model) -> Trace:
    return attnviz.trace(untrained, EXAMPLES["paper"], "Es ist .")


def evaluated(trace: Trace, best: float | Array, *, named: float = 2.0) -> Evaluation:
    """Untrained models whose best head gives ``best`` to each pair, and ``named`` to the named links."""
    n_words = len(trace.words)
    opening = OpeningSentence(trace.text, trace.words, 20, np.broadcast_to(np.float32(best), (n_words, n_words)))
    keys = (("more",), ("difficult",), ("more", "difficult"))
    return Evaluation(tuple(NamedLink(trace.text, "making", key, (named,) * 20) for key in keys), opening)


def test_a_record_counts_ranks_by_hand(paper: Trace, control: Trace) -> None:
    shown, other = (seen(trace, "encoder_self", by_word=True, special=False) for trace in (paper, control))
    place = (1, 3, 5, 2)
    found = headline(shown, other, place)
    row, pair = shown.weights[1, 3, 5], shown.weights[:, :, 5, 2].ravel()
    assert found.standing.weight == pytest.approx(float(row[2]))
    ranks = (found.standing.rank_in_row, found.standing.rank_among_heads)
    counted = tuple(sorted(weights, reverse=True).index(row[2]) + 1 for weights in (row, pair))
    assert ranks == (counted if row[2] >= 0.005 else (None, None))
    assert (found.standing.n_in_row, found.standing.n_heads) == (len(paper.words), pair.size)
    assert found.standing.untrained == pytest.approx(float(other.weights[place]))
    assert found.standing.untrained_best == pytest.approx(float(other.weights[:, :, 5, 2].max()))
    np.testing.assert_array_equal(found.by_head.ravel(), pair)
    assert (found.query, found.key) == (paper.words[5], paper.words[2])
    assert found.own is None
    picked = headline(shown, other, place, picked=(0, 1, 4, 2)).own
    assert picked == (paper.words[4], paper.words[2], pytest.approx(float(other.weights[0, 1, 4, 2])))
    assert found.n_models == 0
    assert np.isnan(found.models_best)


def test_the_opening_is_a_named_link_when_it_beats_all(paper: Trace) -> None:
    found = opening_link(paper, evaluated(paper, 0.0))
    assert found is not None
    layer, head, query, key = found
    assert paper.tokens[query] == "making"
    assert paper.tokens[key] in ("more", "difficult")
    weights = paper.by_word("encoder_self")
    columns = [paper.words.index(word) for word in ("more", "difficult")]
    assert (
        weights[layer, head, paper.words.index("making")][columns].max()
        == weights[:, :, paper.words.index("making"), columns].max()
    )


def test_else_the_opening_is_the_heaviest_telling_link_that_beats_all(paper: Trace) -> None:
    weights = paper.by_word("encoder_self")
    best = np.zeros(weights.shape[2:], dtype=np.float32)
    best[paper.words.index("making")] = 1  # nothing beats the untrained models from here
    asks = np.array([is_content(word) for word in paper.words], dtype=np.bool_)[:, None]
    links = telling(paper.words) & asks  # those that a content word asks come first
    heaviest = np.unravel_index(int((weights * links).max(axis=(0, 1)).argmax()), best.shape)
    best[heaviest] = 1  # nor here: the second heaviest is next
    found = opening_link(paper, evaluated(paper, best))
    assert found is not None
    layer, head, query, key = found
    row, column = paper.word_of[query], paper.word_of[key]
    assert row is not None and column is not None
    assert (row, column) != heaviest
    assert weights[layer, head, row, column] == (weights * links * (best < 1)).max()


def test_nothing_opens_when_nothing_beats_all_or_nothing_was_measured(paper: Trace, control: Trace) -> None:
    assert opening_link(paper, evaluated(paper, 1.0)) is None
    assert opening_link(paper, None) is None
    assert opening_link(control, evaluated(control, 0.0)) is None  # the untrained model proves nothing


def test_another_sentence_or_another_cut_into_words_was_not_measured(paper: Trace) -> None:
    known = evaluated(paper, 0.0)
    assert measured_for(paper, known) is not None
    assert measured_for(replace(paper, text="Something else ."), known) is None
    assert measured_for(replace(paper, words=paper.words[1:]), known) is None


def test_the_papers_link_is_found_only_above_every_untrained_model(paper: Trace, control: Trace) -> None:
    row = paper.by_word("encoder_self")[:, :, paper.words.index("making")]
    single = max(float(row[..., paper.words.index(word)].max()) for word in ("more", "difficult"))
    both = float(row[..., [paper.words.index("more"), paper.words.index("difficult")]].sum(axis=-1).max())
    below = paper_link(paper, control, evaluated(paper, 0.0, named=single - 1e-4))
    assert below is not None and below.found
    assert (len(below.keys), below.weight, below.n_untrained) == (1, pytest.approx(single), 20)
    between = paper_link(paper, control, evaluated(paper, 0.0, named=(single + both) / 2))
    assert between is not None and between.found
    assert between.keys == ("more", "difficult")
    above = paper_link(paper, control, evaluated(paper, 0.0, named=both + 1e-4))
    assert above is not None and not above.found


def test_the_note_on_the_paper_stands_beside_the_papers_link_alone(paper: Trace, control: Trace) -> None:
    found = paper_link(paper, control, None)
    assert found is not None
    assert all(found.is_about("making", key) for key in found.keys)
    assert not found.is_about("making", "the")
    assert not found.is_about("governments", found.keys[0])


def test_without_an_evaluation_only_the_live_control_is_known(paper: Trace, control: Trace) -> None:
    link = paper_link(paper, control, None)
    assert link is not None
    assert link.n_untrained == 1
    columns = [paper.words.index(word) for word in link.keys]
    others = control.by_word("encoder_self")[:, :, paper.words.index("making"), columns].sum(axis=-1)
    assert link.untrained_best == pytest.approx(float(others.max()))


def test_what_was_measured_beside_the_translator_is_not_used_for_other_models(paper: Trace, control: Trace) -> None:
    known = evaluated(paper, 0.0, named=0.0)
    other = replace(paper, model_name="single_head")
    assert measured_for(other, known) is None
    assert opening_link(other, known) is None
    link, own = paper_link(other, control, known), paper_link(paper, control, known)
    assert link is not None and own is not None
    assert (own.n_untrained, link.n_untrained) == (20, 1)
    assert link.untrained_best > own.untrained_best == 0
    assert paper_link(replace(paper, model_name="korean"), control, known) is None  # it never learned English


def test_other_sentences_have_no_paper_link(model: Model, untrained: Model) -> None:
    traces = [attnviz.trace(one, "I go home", "Ich gehe .") for one in (model, untrained)]
    assert paper_link(traces[0], traces[1], None) is None


def test_telling_words_are_spelled_apart_and_different() -> None:
    found = telling(("the", "cat", ",", "2009", "dog"))
    assert np.argwhere(found).tolist() == [[0, 4], [1, 4], [4, 0], [4, 1]]
    assert telling(()).shape == (0, 0)


def test_the_file_is_read(tmp_path: Path) -> None:
    opening = {
        "sentence": "a b",
        "words": ["a", "b"],
        "untrained_models": 20,
        "untrained_max": [[0.1, 0.2], [0.3, 0.4]],
    }
    link = {"sentence": "a b", "query": "a", "keys": ["b"], "untrained": [0.1, 0.2], "more": "is ignored"}
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps({"links": [link], "opening": opening, "other": 1}))
    found = load_evaluation(path)
    assert found is not None and found.opening is not None
    assert (found.links[0].query, found.links[0].keys, found.links[0].untrained) == ("a", ("b",), (0.1, 0.2))
    assert found.opening.untrained_max[1, 0] == np.float32(0.3)


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "null", "{}", '{"links": 3}', '{"links": [{}]}', '{"links": [], "opening": {}}',
        '{"links": [], "opening": {"sentence": "a", "words": ["a"], "untrained_models": 20, "untrained_max": [[NaN]]}}',
        '{"links": [], "opening": {"sentence": "a", "words": [], "untrained_models": 9, "untrained_max": [[0, 1]]}}',
    ],
)  # fmt: skip
def test_a_broken_file_is_like_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text(content)
    assert load_evaluation(path) is None
    assert load_evaluation(tmp_path / "missing.json") is None


def test_another_example_opens_on_its_named_link(model: Model) -> None:
    """The first that is heavier than in all untrained models; the sentence's own opening where none is."""
    text = EXAMPLES["snake"]
    found = attnviz.trace(model, text, "Es ist .")
    weights = found.by_word("encoder_self")
    row, columns = found.words.index("it"), [found.words.index(word) for word in ("has", "snake")]
    best = [float(weights[:, :, row, column].max()) for column in columns]

    def known(*untrained: float) -> Evaluation:
        links = [
            NamedLink(text, "it", (key,), (value,)) for key, value in zip(("has", "snake"), untrained, strict=True)
        ]
        return Evaluation((*links, NamedLink("another", "it", ("snake",), (0.0,))), None)

    place = opening_link(found, known(best[0] + 0.01, best[1] - 0.01))
    assert place is not None
    layer, head, query, key = place
    assert (found.tokens[query], found.words[found.word_of[key]]) == ("it", "snake")
    assert weights[layer, head, row, columns[1]] == pytest.approx(best[1])
    both = opening_link(found, known(0.0, 0.0))
    assert both is not None and found.words[found.word_of[both[3]]] == "has"
    assert opening_link(found, known(2.0, 2.0)) is None
    assert opening_link(replace(found, text="another"), known(2.0, 2.0)) is not None
    assert opening_link(replace(found, model_name="single_head"), known(0.0, 0.0)) is None
