"""Reading Salesforce: queries and bulk jobs."""
