"""Plotly figures: pure functions from arrays and labels. One public function a file; file = function."""

from attnviz.figures.bars import bars
from attnviz.figures.curves import Curve, Mark, curves
from attnviz.figures.head_heatmap import head_heatmap
from attnviz.figures.look import LIGHT, Look
from attnviz.figures.signed_heatmap import signed_heatmap

__all__ = ["LIGHT", "Curve", "Look", "Mark", "bars", "curves", "head_heatmap", "signed_heatmap"]
