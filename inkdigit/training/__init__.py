"""The training room: PyTorch lives here and nowhere else."""
