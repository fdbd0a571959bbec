"""Properties are about answers, never about how fast a busy machine gives them."""

from hypothesis import HealthCheck, settings

settings.register_profile("socle", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("socle")
