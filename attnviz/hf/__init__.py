"""Any attention model of the library ``transformers``, read into the same record as our own.

Imported only when a name starts with ``hf:`` or a model is wrapped; needs requirements-hf.txt.
"""

from attnviz.hf.errors import HFError
from attnviz.hf.hub import load, load_control, n_parameters
from attnviz.hf.model import HFModel, control_of, prepared
from attnviz.hf.run import likely_in_any, likely_next, logits, trace, translate, without_heads, written_by

__all__ = [
    "HFError",
    "HFModel",
    "control_of",
    "likely_in_any",
    "likely_next",
    "load",
    "load_control",
    "logits",
    "n_parameters",
    "prepared",
    "trace",
    "translate",
    "without_heads",
    "written_by",
]
