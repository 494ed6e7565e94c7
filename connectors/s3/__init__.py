"""Reading files in an S3 bucket."""
