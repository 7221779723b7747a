"""Administrative divisions (行政区划) with their successors and designations (区域标签)."""
