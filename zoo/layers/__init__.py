"""Layers the networks are made of."""
