"""What tests of the product and of addons share."""
