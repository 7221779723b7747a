"""Imports of workbooks into the registry."""
