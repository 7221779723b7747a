"""Who did what: one entry for every changed object, in the transaction of the act, and a chain that shows tampering."""
