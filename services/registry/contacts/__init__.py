"""The contacts (联系方式) of organizations, sealed."""
