"""What attention costs in time and memory, beside other layers."""
