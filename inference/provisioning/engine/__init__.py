"""Building the programs of llama.cpp and bitnet.cpp, and finding them."""
