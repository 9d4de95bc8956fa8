"""Images from a run: grids, interpolations, reconstructions and the latent map."""
