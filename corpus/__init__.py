"""Samples: how they are stored, checked, generated and batched."""
