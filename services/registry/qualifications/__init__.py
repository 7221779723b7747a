"""Qualifications (资质): what an organization is recognised for, proven only when verified and within its period."""
