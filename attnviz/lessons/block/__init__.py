"""One block: the sub-layers, the sum, LayerNorm, and what depth does to them."""
