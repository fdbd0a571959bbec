"""Makes every case that Prowler has eyes for, and removes all of it again, by name and by project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bench.rivals.live.makers import MAKERS, Made
from bench.rivals.live.project import Home, within
from bench.rivals.seeds import ENVIRONMENT, GOOD, Case, arguments
from bench.up.sweep import sweep

STANDING = f"{ENVIRONMENT}-standing"
"""The image that servers are made from."""
WORDS = {"images": "image", "lb": "load balancing", "fw": "firewalls", "provider": "programs"}


def make(
    home: Home, cases: Iterable[Case], services: frozenset[str], say: Callable[[str], None]
) -> dict[str, str]:
    """All; the cases that could not be made, each with the reason. What others a run left is gone before."""
    within(home.cloud, home.project)
    listed, refused = list(cases), {}
    standing = _standing(home)
    for number, case in enumerate(listed, start=1):
        if reason := unshown(case, services):
            refused[case.name] = reason
            continue
        try:
            _case(home.cloud, case, standing)
        except Exception as error:  # openstacksdk raises many kinds, each with its own words
            refused[case.name] = f"the cloud refused it: {' '.join(str(error).split())[:200]}"
        ended = f"not made, {refused[case.name]}" if case.name in refused else "made"
        say(f"{number} of {len(listed)}: {case.name} {ended}")
    return refused


def unshown(case: Case, services: frozenset[str]) -> str:
    """Why there is no use or no way of making a case; empty when there is both. `services`: Prowler's own."""
    kinds = [thing["type"] for thing in case.things.values()]
    strange = sorted({service(kind) for kind in kinds} - services)
    if strange:
        return f"it has no check of {', '.join(strange)}"
    if case.side == GOOD:
        return case.seed.twin
    return case.seed.live


def service(kind: str) -> str:
    """What Prowler calls the service of a Terraform type."""
    word = kind.partition("_")[0]
    return WORDS.get(word, word)


def remove(home_cloud: Any, project: str, say: Callable[[str], None]) -> None:
    """Whatever there is in the project, seeded or not; FailureError when some of it stays."""
    within(home_cloud, project)
    for image in home_cloud.image.images(owner=project, visibility="all"):
        if image.is_protected:
            home_cloud.image.update_image(image, is_protected=False)
    sweep(home_cloud, ENVIRONMENT, say)
    for image in home_cloud.image.images(owner=project, visibility="all"):
        home_cloud.image.delete_image(image)
        say(f"removed image {image.name}")
    # A disk that Nova made for a server has no name.
    for volume in home_cloud.block_storage.volumes():
        home_cloud.block_storage.delete_volume(volume)
        home_cloud.block_storage.wait_for_delete(volume)
        say("removed a volume without a name")


def _standing(home: Home) -> dict[str, str]:
    said = {"name": STANDING, "container_format": "bare", "disk_format": "raw", "visibility": "private",
            "protected": False, "properties": {}}  # fmt: skip
    found = home.cloud.image.find_image(STANDING)
    image = found.id if found else MAKERS["images_image_v2"](home.cloud, said)["id"]
    id_, name = home.external
    return {
        "image": image,
        "image-name": STANDING,
        "flavor": home.flavor,
        "external": id_,
        "external-name": name,
    }


def _case(cloud: Any, case: Case, standing: dict[str, str]) -> None:
    made: dict[str, Made] = {}

    def solved(value: Any) -> Any:
        if isinstance(value, list):
            return [solved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "ref" in value:
            return made[value["ref"]][value.get("of", "id")]
        if "cloud" in value:
            return standing[value["cloud"]]
        return {key: solved(one) for key, one in value.items()}

    for key, thing in case.things.items():
        made[key] = MAKERS[thing["type"]](cloud, solved(arguments(case, key)))
