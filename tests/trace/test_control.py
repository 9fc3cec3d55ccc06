"""The control of every model is its own untrained twin: same shape, same tokens, random parameters."""

import pytest

import attnviz
from attnviz.model.checkpoint import ModelError, load_checkpoint
from attnviz.model.place import WEIGHTS
from attnviz.trace.run import Model, load_control


@pytest.mark.parametrize("name", ["translator", "single_head", "korean"])
def test_the_twin_has_the_shape_and_the_tokens_and_nothing_of_what_was_learned(name: str) -> None:
    model, twin, again = attnviz.load_model(name), load_control(name), load_control(name)
    assert twin.transformer.config == model.transformer.config
    assert twin.tokenizer.to_str() == model.tokenizer.to_str()
    for (title, own), (_, drawn), (_, redrawn) in zip(
        model.transformer.named_parameters(),
        twin.transformer.named_parameters(),
        again.transformer.named_parameters(),
        strict=True,
    ):
        assert drawn.equal(redrawn), f"{title} is not drawn with a fixed seed"
        if own.dim() == 2:
            assert not own.equal(drawn)
    traces = [attnviz.trace(one, "I go home", "나 집") for one in (model, twin)]
    assert traces[0].tokens == traces[1].tokens
    assert [call.weights.shape for call in traces[0].cross] == [call.weights.shape for call in traces[1].cross]


def test_the_untrained_model_is_the_translators_twin_and_its_own(untrained: Model) -> None:
    shape = load_checkpoint(WEIGHTS / "translator").transformer.config
    for name in ("translator", "untrained"):
        twin = load_control(name)
        assert (twin.name, twin.transformer.config) == ("untrained", shape)
        assert twin.transformer.embedding.weight.equal(untrained.transformer.embedding.weight)


@pytest.mark.parametrize("name", ["recurrent", "nobody", "../translator"])
def test_what_is_no_transformer_has_no_twin(name: str) -> None:
    with pytest.raises(ModelError, match="no untrained twin"):
        load_control(name)
