"""What one can do with simulations: begin one, read what it compares, and tell what came of it."""
