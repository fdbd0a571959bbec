"""Reports of the policy pack's ledger. The pack is policies/, and needs nothing of this."""
