"""Organizations (社会组织): who they are, who keeps their record here, and whether they take part."""
