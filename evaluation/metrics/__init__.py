"""Figures of images and of features, as pure functions."""
