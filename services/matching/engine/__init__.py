"""
The matching engine: the exact best supplies of every demand at the size of a province, by the one score of ``scoring``.

**The definition in two stages.** What an index can hold decides the first stage, the sentence embedding the second:

1. Every pair that is not excluded gets its total with the meaning of the texts *unknown* (``fit.UNKNOWN``, which
   neither helps nor harms) and all other parts as they are. The best ``POOL`` (200) of each demand are its pool: the
   eligible before the held, then the higher total, the policy's tie-breakers, the supply's id.
2. The pool is ordered again by the total with the meaning. Its first k are the answer, and nothing else is.

Both stages are exact over all pairs. Where a policy gives the meaning no weight, the stages are one.
"""
