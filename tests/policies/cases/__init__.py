"""Small stacks, each with what the policies must say of it. Importing this package declares all of them."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    if _module.name != "kit":
        importlib.import_module(f"{__name__}.{_module.name}")
