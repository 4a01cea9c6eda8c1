"""One company through its whole life, in any order: nothing is lost, doubled or unexplained."""
