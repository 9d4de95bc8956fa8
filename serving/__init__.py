"""Asking a TF Serving that holds an exported model, over REST or gRPC."""
