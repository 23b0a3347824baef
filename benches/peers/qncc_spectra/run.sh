#!/bin/sh
# Times our decomposition of M101 against PAHFIT and SciPy in one run and prints a Markdown table. Needs the data mirror
# (SAIGEN_MIRROR, else ../shared/data). --help lists the options: --check fails when a goal is missed, --numbers prints what
# PAHFIT contributes to data/published/qncc_spectra/numbers.toml (which needs no build).
#
# Our side is the bench `qncc_spectra`, built first; the Python environment is made in target/bench-qncc and kept there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment="$root/target/bench-qncc/environment"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
export PYTHONDONTWRITEBYTECODE=1
case " $* " in *" --numbers "*) exec "$environment/bin/python" "$here/run.py" --root "$root" "$@" ;; esac
if [ -z "${SAIGEN_BENCH:-}" ]; then
    SAIGEN_BENCH=$(cd "$root" && cargo bench --features kernel --bench qncc_spectra --no-run --message-format json |
        sed -n 's/.*"executable":"\([^"]*qncc_spectra-[^"]*\)".*/\1/p' | tail -n 1)
fi
[ -x "$SAIGEN_BENCH" ] || { echo "the bench is missing: cargo bench --features kernel --bench qncc_spectra --no-run" >&2; exit 2; }
LD_LIBRARY_PATH="$(rustc --print sysroot)/lib:$(dirname "$SAIGEN_BENCH")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "$environment/bin/python" "$here/run.py" --root "$root" --ours "$SAIGEN_BENCH" "$@"
