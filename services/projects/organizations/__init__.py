"""Organizations (社会组织) as registry announces them, as much of them as projects needs."""
