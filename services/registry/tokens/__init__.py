"""Access tokens (OAuth 2.0 client credentials, Ed25519 JWT) and the keys that sign them."""
