"""What files of text say: decoded, cleaned of all that is not text, unpacked, within limits.

Pages show it and the search finds it, so it stands below both. What is read here comes from bags whose
signature holds, but it was gathered from the web and from many publishers: nothing in it is believed.
"""
