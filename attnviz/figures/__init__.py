"""Plotly figures: pure functions from arrays and labels. One public function a file, imported from its file."""
