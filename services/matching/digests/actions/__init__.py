"""What one can do with digests, one file per use case."""
