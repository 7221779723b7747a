"""Grants (授权): what an organization or an office lets a partner application do for it, and until when."""
