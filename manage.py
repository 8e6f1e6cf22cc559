#!/usr/bin/env python3
"""Django's command line: `manage.py help` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from bitnetsite.parent import die_with_parent

if __name__ == "__main__":
    if os.environ.get("RUN_MAIN") == "true":  # the server that the reloader of `runserver` has started
        die_with_parent(os.getppid())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bitnetsite.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # its message says what to change; a traceback would hide it
        sys.exit(str(error))
