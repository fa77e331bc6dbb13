"""Five models written in PyTorch and in Keras with the same weights, and bugs to put into them."""
