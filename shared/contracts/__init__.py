"""Shapes and codes that cross a boundary between services; changed by addition only."""
