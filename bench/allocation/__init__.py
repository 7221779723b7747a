"""The allocation against OR-tools' min-cost flow, greed and stable matching."""
