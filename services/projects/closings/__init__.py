"""Closings (关闭): how demands and supplies end, and with them what pairings hold of them: one mechanism for both."""
