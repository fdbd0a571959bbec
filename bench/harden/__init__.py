"""How long hardening a host takes beside a playbook with a task for each setting."""
