"""Reads for the home page and the search; SQL does the adding, and the mapped classes limit it to one's stores."""
