"""Data sets and a recipe come in; a model file goes out. PyTorch is imported here and nowhere else."""
