"""What tests see and hear of a film or a recitation that plays in a reader's browser."""

from __future__ import annotations

from portal_browser import wait_until
from selenium import webdriver

VIDEO, AUDIO = "document.querySelector('video')", "document.querySelector('audio')"


def play(browser: webdriver.Chrome, media: str) -> None:
    browser.execute_script(f"{media}.muted = true; {media}.play()")
    wait_until(browser, f"{media}.currentTime > 0.2 && !{media}.paused")


def sees_a_film(browser: webdriver.Chrome) -> int:
    """Wait until the picture of the film that plays moves; return how many of 64 colours it has."""
    browser.execute_script(
        f"""
        var canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
        canvas.width = 64;
        canvas.height = 36;
        window.looked = function () {{
          pen.drawImage({VIDEO}, 0, 0, 64, 36);
          var dots = pen.getImageData(0, 0, 64, 36).data, found = {{}};
          for (var at = 0; at < dots.length; at += 4) {{
            found[dots[at] >> 6 | dots[at + 1] >> 6 << 2 | dots[at + 2] >> 6 << 4] = 1;
          }}
          return {{colours: Object.keys(found).length, picture: canvas.toDataURL()}};
        }};
        window.first = window.looked();
        """
    )
    wait_until(browser, "window.looked().picture !== window.first.picture")
    return int(browser.execute_script("return window.first.colours"))


def hears_a_recitation(browser: webdriver.Chrome) -> float:
    """Play the recitation, and wait until it is heard; return how loud it is, 1 being the loudest."""
    browser.execute_script(
        f"""
        var sound = new AudioContext(), ear = sound.createAnalyser(), heard = new Float32Array(1024);
        window.loudest = 0;
        sound.createMediaElementSource({AUDIO}).connect(ear);
        ear.connect(sound.destination);
        {AUDIO}.loop = true;
        {AUDIO}.play();
        window.setInterval(function () {{
          ear.getFloatTimeDomainData(heard);
          window.loudest = Math.max.apply(null, heard);
        }}, 50);
        """
    )
    return float(wait_until(browser, "window.loudest > 0.02 && window.loudest"))
