"""Simulations (政策模拟): what another version of the policy would change on the present libraries."""
