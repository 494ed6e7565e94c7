"""What happens, in which order, and when: pipeline, feeds, files, schedule, jobs, command line."""
