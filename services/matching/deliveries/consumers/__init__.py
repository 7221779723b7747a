"""What the worker does with deliveries: it leases endpoints and sends to them."""
