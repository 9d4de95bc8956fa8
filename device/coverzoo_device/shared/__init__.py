"""Files of the project, copied by device/copies.py: change the originals, then run it."""
