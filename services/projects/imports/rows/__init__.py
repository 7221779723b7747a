"""The pure part of projects imports: the forms of demands and supplies and the checks of their rows."""
