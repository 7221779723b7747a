"""Deliveries (推送): events as they are sent to subscribers, signed, in order, until they are answered or given up."""
