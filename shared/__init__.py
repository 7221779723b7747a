"""The library of the platform: used by two services or more, knows no domain noun, imports no service."""
