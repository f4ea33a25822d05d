"""Send events to Ringside (Producer), and follow them (subscribe, asubscribe). Standard library alone."""

from .producer import Producer
from .subscriber import Refused, asubscribe, subscribe

__all__ = ["Producer", "Refused", "asubscribe", "subscribe"]
__version__ = "0.1.0"
