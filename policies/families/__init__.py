"""The policies, a file for each subject. Importing this package makes them all: no list has to be kept."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
