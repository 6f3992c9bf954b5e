"""The seed project's experiments, rerun: what each choice of a small letter model costs and buys.

``plan`` says which runs there are, ``data`` draws their pictures, ``networks`` builds them, ``run`` trains and measures
one in a process of its own, ``series`` does all that are not done yet, ``document`` writes the tables.
"""
