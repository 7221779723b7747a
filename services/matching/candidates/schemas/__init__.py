"""What callers send and see of candidates: rankings, explanations, consortia, and drafts that are not saved."""
