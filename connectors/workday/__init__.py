"""Reading Workday: SOAP workers and reports."""
