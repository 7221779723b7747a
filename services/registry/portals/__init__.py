"""Log-in of organizations with a ticket of a government service portal (政务服务网单点登录)."""
