"""Matching policies (匹配政策): versioned sets of weights, tilt parameters, tie-breakers and deadlines."""
