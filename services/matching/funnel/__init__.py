"""The funnel of pairings (对接漏斗), from the proposal to the completion."""
