"""A stand-in for the SMU Notification API: one-time codes by SMS, without the SMS."""
