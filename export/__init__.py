"""What leaves the lab: sampling."""
