"""What one can do with answer links, one file per use case."""
