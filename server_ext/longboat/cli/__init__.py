"""The command line: translate, call, translate back."""
