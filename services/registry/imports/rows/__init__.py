"""The pure part of registry imports: the form of organizations and the checks of its rows."""
