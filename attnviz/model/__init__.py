"""PyTorch only: the Transformer, its attention, masks, positions and checkpoints."""
