"""The three services and the all-in-one start."""
