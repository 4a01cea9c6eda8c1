"""Membership: enrolment, cards and their life."""
