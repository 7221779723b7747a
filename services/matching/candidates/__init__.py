"""Candidates (候选): the ranked partners of a demand or of a supply, with explanations and reasons."""
