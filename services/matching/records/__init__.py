"""Records of the judged-case format: a demand, a supply or an organization as people and evaluators write it down."""
