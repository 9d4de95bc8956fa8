"""Settings of every model and the presets that fill them in. Nothing here imports TensorFlow."""
