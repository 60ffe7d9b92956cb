"""The database's history, one numbered file a version: ``0001_first_light.sql`` makes version 1."""
