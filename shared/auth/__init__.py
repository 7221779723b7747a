"""Who calls (tokens), for whom and from where (principals), and what a role may do (access)."""
