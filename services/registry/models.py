"""Every table of registry in one place, for the migrations."""

from services.registry.api_clients.models import ApiClient
from services.registry.db import Base
from services.registry.divisions.models import Division, DivisionDesignation, ReferenceLoad
from services.registry.tokens.models import SigningKey

metadata = Base.metadata
TABLES = (ApiClient, Division, DivisionDesignation, ReferenceLoad, SigningKey)
