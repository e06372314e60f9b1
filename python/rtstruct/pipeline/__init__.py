"""What each command does, as functions: the command line, the demo and the library call them."""
