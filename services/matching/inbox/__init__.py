"""The inbox (待办): what waits for an organization or an office."""
