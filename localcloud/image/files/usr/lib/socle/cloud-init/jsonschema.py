"""Stands before the real library on cloud-init's path only; see cloud-init-main.service.d/socle.conf."""

raise ImportError("not used at boot")
