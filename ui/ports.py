"""Where the page is to be served: whether that is free is known before anything is indexed or loaded."""

import socket

from index.errors import SettingsError


def check_port(host: str, port: int) -> None:
    """Whether a server could listen there now.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
    """
    try:
        with socket.create_server((host.strip("[]"), port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        raise cannot_serve(host, port) from error


def cannot_serve(host: str, port: int) -> SettingsError:
    """What is said of an address that can't be served at."""
    return SettingsError(f"can't serve at {host}:{port}: it is taken or not of this machine; try --port")
