"""matching (匹配): policies, candidates, runs, pairings with two consents, subscriptions and deliveries."""
