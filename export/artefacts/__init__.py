"""What a run becomes outside the lab: SavedModels, TFLite files, and the proof that they agree."""
