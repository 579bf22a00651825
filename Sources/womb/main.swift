internal import Boot

// The first program of a machine that boots an image: finds the root, proves it and enters it.

Womb.boot()
