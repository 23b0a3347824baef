#!/bin/sh
# Times all nodewise elastic nets of a made-up screen against celer, skglm, adelie, glmnet and scikit-learn in one run, at the
# same number of threads, and prints Markdown tables. --check ends with 1 when a goal is missed; --help lists the options.
#
# Our side is the bench `elastic_net`, built first; the Python environment is made in target/bench-drug and kept there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment="$root/target/bench-drug/environment"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: -r "$here/requirements.txt"
if [ -z "${SAIGEN_BENCH:-}" ]; then
    SAIGEN_BENCH=$(cd "$root" && cargo bench --features kernel --bench elastic_net --no-run --message-format json |
        sed -n 's/.*"executable":"\([^"]*elastic_net-[^"]*\)".*/\1/p' | tail -n 1)
fi
[ -x "$SAIGEN_BENCH" ] || { echo "the bench is missing: cargo bench --features kernel --bench elastic_net --no-run" >&2; exit 2; }
LD_LIBRARY_PATH="$(rustc --print sysroot)/lib:$(dirname "$SAIGEN_BENCH")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
# One thread for each process of a peer: the columns are shared out over processes.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
exec "$environment/bin/python" "$here/run.py" --root "$root" --ours "$SAIGEN_BENCH" "$@"
