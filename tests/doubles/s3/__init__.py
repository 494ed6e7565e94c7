"""A store that speaks S3, over https: it refuses what Amazon's refuses."""
