"""The demo model: drawings, captions, training, weights. Imports nothing else of this project."""
