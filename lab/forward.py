from lab.place import Place
def stop(place: Place) -> None:
    return
