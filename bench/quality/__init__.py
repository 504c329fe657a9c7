"""How well models predict out of the box: public tables, reference models with their defaults, one number each.

`tables` says what a table is, `development` and `held_out` list them, `splits` and `cases` cut them, `models` names who
competes, `measurements` fits and remembers, `scores` turns losses into the number, `report` prints it, and
`python -m bench.quality` does all of it.
"""
