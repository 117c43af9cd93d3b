"""What Alembic runs to bring a database of votes up to date, on the connection it is given."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], transaction_per_migration=False
)
context.run_migrations()
