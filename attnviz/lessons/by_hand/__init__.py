"""Attention in numbers small enough to compute on paper."""
