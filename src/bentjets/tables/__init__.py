"""The tables that users rely on: what is in each column, in which unit, and what must hold.

The catalog names them (``validator: bentjets.tables.curation.QUALITY``), and Kedro checks each
table when it is saved and when it is loaded. This is also the data dictionary: the description
and the unit of a column stand nowhere else.
"""

from bentjets.tables.table import Table, TableError

__all__ = ["Table", "TableError"]
