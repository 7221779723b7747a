"""Imports of workbooks into the libraries of demands and supplies."""
