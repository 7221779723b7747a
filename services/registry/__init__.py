"""registry (登记): divisions, organizations and what is known of them, API clients and tokens."""
