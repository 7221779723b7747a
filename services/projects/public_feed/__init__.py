"""The public feed (公开变更流): published demands and listed supplies, masked, for whoever shows them elsewhere."""
