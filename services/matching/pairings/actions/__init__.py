"""What one can do with pairings; one module per step of a pairing's life."""
