"""The plan: for a release and a date, which library gets what by which route, and when.

Pure computation. ``case`` says what is asked, ``make`` answers; the other modules are the parts of the
answer.
"""
