"""The benchmark of matching: a made-up province, the engine, and its peers."""
