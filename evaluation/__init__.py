"""Metrics and the reference networks they need."""
