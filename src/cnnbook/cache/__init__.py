"""What took long to make, kept by everything that decides it: made once, shared by all who ask.

:mod:`~cnnbook.cache.store` keeps anything, :mod:`~cnnbook.cache.trained` trained classifiers with
their tests, and :mod:`~cnnbook.cache.code_digest` says which code decides a result.
"""
