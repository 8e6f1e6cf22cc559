"""Which request gets which process and which cores, when."""
