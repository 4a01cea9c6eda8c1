"""The base layer over Flask-AppBuilder: application factory, scoped screens, security, languages, layout."""
