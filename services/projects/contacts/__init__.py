"""The contacts (联系方式) of demands, sealed."""
