"""Answer links in and out: as JSON, and as the page that a link leads to."""
