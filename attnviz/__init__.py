"""attnviz: see attention being computed.

>>> import attnviz
>>> model = attnviz.load_model()
>>> trace = attnviz.trace(model, "The snake is very dangerous because it has a venom.")
>>> trace.encoder_self[1].weights.shape  # (head, query, key)
"""

from attnviz.api import load_control, load_model, logits, show, trace, translate, wrap_hf
from attnviz.model.checkpoint import ModelError
from attnviz.trace.records import Attention, Trace
from attnviz.trace.recurrent import RecurrentModel, RecurrentTrace
from attnviz.trace.run import Model
from attnviz.trace.tokens import MAX_TOKENS, EmptyTextError

__all__ = [
    "MAX_TOKENS",
    "Attention",
    "EmptyTextError",
    "Model",
    "ModelError",
    "RecurrentModel",
    "RecurrentTrace",
    "Trace",
    "load_control",
    "load_model",
    "logits",
    "show",
    "trace",
    "translate",
    "wrap_hf",
]
