"""A client of TF Serving, over REST or gRPC."""
