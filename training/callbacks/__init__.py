"""What happens beside the training steps: stopping, metrics, validation, checkpoints, progress."""
