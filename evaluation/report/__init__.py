"""What people read of an evaluation: the report, its conclusion and model cards."""
