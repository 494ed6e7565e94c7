"""Reading Salesforce: queries, bulk jobs, outbound messages."""
