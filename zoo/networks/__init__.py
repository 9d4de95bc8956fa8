"""Generators, critics, autoencoders and the audio encoder that conditions them."""
