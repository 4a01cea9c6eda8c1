"""The base layer of the screens, tried on a small addon of its own with two stores."""
