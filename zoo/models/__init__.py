"""Models with a training step: networks, losses and optimizers put together."""
