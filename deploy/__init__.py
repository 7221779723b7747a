"""What puts the platform to work: containers, gateway, databases, and the demo."""
