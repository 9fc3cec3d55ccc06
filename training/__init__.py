"""From text to weights: never imported by the app."""
