"""Reviews (审核) of demands and supplies: one mechanism for both."""
