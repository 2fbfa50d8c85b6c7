"""Stands for HTTP/2, which the SDK does not use; asking for its version costs a cold start much."""
