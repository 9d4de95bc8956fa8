"""What a sample is, where it comes from, how it becomes batches."""
