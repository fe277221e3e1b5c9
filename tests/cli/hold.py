#!/usr/bin/env python3
"""Run a command while another writer holds the database: hold.py DATABASE COMMAND..."""
import sqlite3
import subprocess
import sys

db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
status = subprocess.run(sys.argv[2:], timeout=60).returncode
db.execute("ROLLBACK")
sys.exit(status)
