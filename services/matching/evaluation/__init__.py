"""Judge the reference scorer on case files of the judged-case format (``make evaluate``)."""
