"""What an addon is: manifest, order, loading, installing, removing."""
