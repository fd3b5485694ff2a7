"""The database's server process: SecantusDB, with its threads taking turns more often than Python has them do.

    python -P database_server.py --port=… --storage-path=…

It gives every connection a thread, and whoever writes holds a lock on the collection through many calls into its
storage engine. Each of them gives the interpreter away and waits to have it back, up to the switch interval while
others compute. The five milliseconds that this is by default, several times over, were most of what a write took.

Run as a file, it imports nothing of Talestream and starts as fast as SecantusDB alone.
"""

import sys

from secantus.cli import main

SWITCH_S = 0.0005

if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_S)
    sys.exit(main())
