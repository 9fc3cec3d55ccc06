"""Whether attention weights explain a prediction."""
