"""The supply library (供给项目库)."""
