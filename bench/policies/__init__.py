"""What the policy pack costs a preview: without, with it, and with a naive pack of the same policies."""
