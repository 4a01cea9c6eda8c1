"""Files from elsewhere: read within limits, mapped to known fields, every wrong row named, nothing half written."""
