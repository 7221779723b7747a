"""What goes on beside the requests: new texts are encoded, and the market is kept in memory."""

from services.matching.candidates.consumers.streaming import streaming_vectors
from services.matching.candidates.consumers.vectors import PREPARE_VECTORS, prepare_vectors

__all__ = ["PREPARE_VECTORS", "prepare_vectors", "streaming_vectors"]
