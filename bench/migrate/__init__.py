"""What a proven migration costs beside rclone, and what each says of the same harms."""
