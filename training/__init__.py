"""Configuration, the run directory and the training loop."""
