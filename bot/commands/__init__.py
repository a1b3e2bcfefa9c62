"""Commands of `sportello` that have a module of their own."""
