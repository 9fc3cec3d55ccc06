"""Plotly figures: pure functions from arrays and labels. One public function a file; file = function."""

from attnviz.figures.head_heatmap import head_heatmap

__all__ = ["head_heatmap"]
