"""Making and starting the web server and its job runner."""
