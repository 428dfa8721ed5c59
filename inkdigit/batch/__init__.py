"""Folders, tar shards and Parquet files of pictures come in; tables of readings go out, by one machine or many."""
