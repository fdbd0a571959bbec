"""The program of these tests: files in a folder, by the stack's configuration."""

from pathlib import Path

import pulumi

SIZE = "1"
OPTIONS = pulumi.ResourceOptions()


class File(pulumi.CustomResource):
    """A file in the folder that is the cloud."""

    def __init__(self, name: str, inputs: dict[str, object], options: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__("socle-files:index:File", name, inputs, options)


settings = pulumi.Config("trial")
cloud = Path(settings.require("cloud"))
image = cloud / "image"  # as an image is looked up by its name
for name in settings.require("names").split():
    said = {
        "path": str(cloud / name),
        "size": settings.get("size") or SIZE,
        "image": image.read_text() if image.exists() else "none",
        "token": settings.require_secret("token"),
        "hidden": pulumi.Output.secret("seeded-for-changes-0b52d8"),
        "gate": (settings.get("gate") or "") if name == "slow" else "",
    }
    File(name, said, OPTIONS)
pulumi.export("names", settings.require("names"))
pulumi.export("token", settings.require_secret("token"))
