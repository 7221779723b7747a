"""What one can do with runs: begin one, read what it works on, plan it, and store what came of it."""
