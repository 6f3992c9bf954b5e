"""Repeats the seed project's experiments: the effect of each choice in a small letter model.

``plan`` lists the runs, ``data`` draws their pictures, ``networks`` builds their networks, ``run`` trains and measures
one in a separate process, ``series`` does the missing runs, ``document`` writes the tables.
"""
