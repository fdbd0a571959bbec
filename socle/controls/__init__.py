"""The hardening catalogue: recommendations, controls that carry them, kinds, waivers; judges no host."""

from socle.controls.catalogue import Catalogue, load
from socle.controls.tables import Control, Kind, Recommendation, Recommendations, Status, Waiver

__all__ = ["Catalogue", "Control", "Kind", "Recommendation", "Recommendations", "Status", "Waiver", "load"]
