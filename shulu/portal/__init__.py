"""The portal: the pages that readers open on their library's LAN."""
