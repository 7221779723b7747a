"""The projects service: demands, supplies, their reviews and commitments."""
