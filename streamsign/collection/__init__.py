"""Hands that people recorded of themselves, in a folder that the training commands read.

Layout: ``manifest.csv`` and ``SOURCE/LETTER/SIGNER__ID.webp``, as ``hands/`` of the training data, with the further
columns :class:`~streamsign.collection.manifest.Taken`. ``split`` is empty: who trains divides the pictures. A letter
may have several characters, such as NG.

To read the crops of one signer and room::

    from streamsign.collection.folder import CollectedHands
    from streamsign.collection.manifest import read_gray

    for picture in CollectedHands(folder).pictures(room="main", signer="s-1f0c"):
        patch = cut_patch(read_gray(picture.path), square_around(picture.hand), size)
        picture.letter, picture.taken.at, picture.taken.sharpness

``room`` and ``signer`` may each be left out. A folder that does not exist has no pictures. The server's folder is
``settings.collection_folder``.
"""
