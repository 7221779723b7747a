"""The demand library (需求项目库)."""
