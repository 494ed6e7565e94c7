"""Pay by example and by property: plans, components, what is booked."""
