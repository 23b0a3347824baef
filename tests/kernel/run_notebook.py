"""Executes a notebook with Jupyter's own client: run_notebook.py IN OUT."""

import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
client = NotebookClient(notebook, kernel_name="saigen", timeout=300, record_timing=False, allow_errors=True)
client.execute(cwd=sys.argv[3])
nbformat.write(notebook, sys.argv[2])
