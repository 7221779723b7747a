"""HTTP clients of the neighbour services, as much as matching needs."""
