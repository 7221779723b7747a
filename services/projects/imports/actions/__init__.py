"""What one can do with imports: begin one, carry it out step by step, write its rows, and report on it."""
