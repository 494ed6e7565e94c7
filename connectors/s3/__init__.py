"""Reading files in a bucket of S3, Amazon's own or any store that speaks its language."""
