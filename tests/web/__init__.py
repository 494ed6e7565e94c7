"""The pages and the API: by Flask's test client, and in a real Chromium."""
