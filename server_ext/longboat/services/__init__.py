"""Services: model versions that answer predictions, and what keeps them so."""
