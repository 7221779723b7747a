"""Supervision and credit (监督管理与信用): credit standing, annual checks and assessment, as facts with a history."""
