"""What marketing and sales look at together (R1 to R8), for pages, the API, commands and alerts alike."""
