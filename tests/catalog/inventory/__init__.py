"""Tests of the inventories that S3 writes."""
