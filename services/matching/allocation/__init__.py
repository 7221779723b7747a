"""Who gets whom when places are scarce: a capacitated b-matching over arrays, with a certificate of its quality.

Pure computing: no database, no HTTP, no clock. ``allocating.allocate`` is the entry; the rest are its steps.
"""
