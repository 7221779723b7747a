"""Feeds for others than services: each party's own pairings, and the public outcomes."""
