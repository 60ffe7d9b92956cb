"""Rows and files: the SQLite database and the folder of pictures. The only room that knows SQL."""
