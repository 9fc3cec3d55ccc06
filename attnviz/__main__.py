"""``python -m attnviz``: the command of that name."""

import sys

from attnviz.command import main

sys.exit(main())
