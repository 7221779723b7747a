"""What numba compiles: loops over arrays, free of Python objects, which run outside the interpreter's lock."""
