"""Judged cases from answers (评判案例): what the sides said of pairings, in the format by which matching is judged."""
