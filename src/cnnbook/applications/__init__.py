"""Applications, a package each, from data to what it is judged by. None imports another.

Classes of clothes, boxes around digits, a class for each pixel, drawn digits, textures, lesions,
houses seen from above, and faults of cloth; :mod:`~cnnbook.applications.scenes` is shared by two.
"""
