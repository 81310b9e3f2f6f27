"""shulu 书路: brings a national library's digital collections to every library of a province."""

__version__ = "0.1.0"
