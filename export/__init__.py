"""Artefacts of a run's model: SavedModel, TFLite files and a web page.

`coverzoo.export_model` writes them from Python; see `coverzoo.export.exporter.export_run`.
"""
