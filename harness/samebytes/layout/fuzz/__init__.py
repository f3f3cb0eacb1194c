"""Random structs through every compiler at hand: where the model and a compiler differ is found, and shrunk to the least that differs."""
