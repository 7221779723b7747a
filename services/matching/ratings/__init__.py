"""Ratings of completed pairings (评单)."""
