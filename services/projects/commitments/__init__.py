"""Commitments (占用): one place of a demand and one unit of a supply, held by a confirmed pairing."""
