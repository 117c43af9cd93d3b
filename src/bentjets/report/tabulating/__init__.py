"""Tables 1 and 2 of the paper, as tables, ECSV and LaTeX; and beside what others published."""
