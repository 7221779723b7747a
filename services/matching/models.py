"""Every table of matching in one place, for the migrations."""

from services.matching.answer_links.models import AnswerLink
from services.matching.calendars.models import DeadlineCalendar
from services.matching.candidates.models import CorpusTerms, TextVector
from services.matching.db import Base
from services.matching.deliveries.models import Delivery, PushEvent
from services.matching.digests.models import Digest, DigestRecipient, address_purpose
from services.matching.pairings.models import Pairing, PairingEvent
from services.matching.policies.models import PolicyDraft, PolicyVersion
from services.matching.profiles.models import (
    DemandProfile,
    DivisionProfile,
    OrganizationProfile,
    ProfileChange,
    SupplyProfile,
)
from services.matching.ratings.models import Rating
from services.matching.runs.models import Run
from services.matching.subscriptions.actions import SECRET_PURPOSE
from services.matching.subscriptions.models import Subscription
from shared.resealing import ANSWERS, SealedColumn

metadata = (Base.metadata,)
TABLES = (
    AnswerLink, CorpusTerms, DeadlineCalendar, Delivery, DemandProfile, Digest, DigestRecipient, DivisionProfile,
    OrganizationProfile, Pairing, PairingEvent, PolicyDraft, PolicyVersion, ProfileChange, PushEvent, Rating,
    Run, Subscription, SupplyProfile, TextVector,
)  # fmt: skip
SEALED = (
    ANSWERS,
    SealedColumn(Subscription, "secret_sealed", lambda row: SECRET_PURPOSE),
    SealedColumn(Subscription, "previous_secret_sealed", lambda row: SECRET_PURPOSE),
    SealedColumn(DigestRecipient, "email_sealed", lambda row: address_purpose(row.id)),
)
