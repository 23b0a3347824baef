#!/bin/sh
# Times our kernel and stock evcxr through Jupyter's own client, in one run. Build both first:
#
#   cargo build --release --features kernel && target/release/saigen kernel warm
#   benches/peers/kernel/run.sh --help
#
# The Python environment is made in target/bench-kernel and kept there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment="$root/target/bench-kernel/environment"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
exec "$environment/bin/python" "$here/run.py" --root "$root" "$@"
