"""Read the workbooks that officials send, cell by cell with findings, and write workbooks back."""
