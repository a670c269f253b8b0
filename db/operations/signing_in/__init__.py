"""What is stored around sign-in."""
