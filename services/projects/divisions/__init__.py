"""Administrative divisions (行政区划) as registry announces them, and the index that finds them by code or name."""
