"""API clients (接口客户端): who may get tokens, in which role and for which place or organization."""
