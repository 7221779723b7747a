"""The readable reference of the matching rules: gates, fit, tilt, explanation and allocation, as pure functions."""
