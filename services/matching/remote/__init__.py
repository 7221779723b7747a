"""Clients of what matching calls: its neighbours over HTTP, and what carries a message to a person."""
