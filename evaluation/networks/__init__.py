"""Networks that read covers, and what they are trained with."""
