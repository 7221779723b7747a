"""What a front-end sends after the portal has sent its user back."""

from pydantic import Field

from shared.schemas import Command


class PortalTokenRequest(Command):
    """A ticket of a portal."""

    portal: str = Field(max_length=40, description="The portal's name in the platform's settings")
    ticket: str = Field(min_length=1, max_length=500, description="The ticket that the portal handed to the front-end")
