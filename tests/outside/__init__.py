"""What goes outside: alerts, e-mail, webhooks."""
