"""HTTP clients of other systems, as much as registry needs."""
