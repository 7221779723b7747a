"""What one can do with candidates: read the market, keep vectors ready, rank, and judge a pair by its gates."""
