"""Read models of the neighbours' divisions, organizations, demands and supplies, as the scorer needs them."""
