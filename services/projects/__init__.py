"""projects (项目): the demand library, the supply library, reviews, imports and commitments."""
