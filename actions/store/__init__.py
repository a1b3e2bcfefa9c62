"""The relational database: tables, sessions, and what is written in one transaction."""
