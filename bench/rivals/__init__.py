"""What Checkov, Prowler and this project's pack find in the same sixty misconfigurations of OpenStack."""
