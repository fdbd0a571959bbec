"""The Pulumi program: what exists in the cloud. What hosts contain is the roles' business."""
