"""Digests (待办摘要): one message for many open questions, to who wants it and as often as they want it."""
