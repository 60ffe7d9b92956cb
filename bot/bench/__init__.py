"""Measurements that an owner can run."""
