"""All SQL about deliveries, who hears of what, and the lease of an endpoint."""

from services.matching.deliveries.repository.deliveries import DeliveryRepository
from services.matching.deliveries.repository.endpoints import EndpointRepository
from services.matching.deliveries.repository.listeners import ListenerRepository

__all__ = ["DeliveryRepository", "EndpointRepository", "ListenerRepository"]
