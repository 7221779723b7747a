"""Pairings (对接): one demand and one supply, proposed with an explanation, agreed by both sides in time."""
