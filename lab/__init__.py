"""The lab: real Debian hosts, their networks, disks and faults, on one Linux machine."""
