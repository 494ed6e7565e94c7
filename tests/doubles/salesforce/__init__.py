"""A double of Salesforce's API that refuses what Salesforce refuses, on a clock of its own."""
