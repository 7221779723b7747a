"""Who calls (tokens), for whom and from where (principals), what a role may do (access, roles)."""
