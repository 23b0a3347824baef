#!/usr/bin/env python3
"""Compares saigen's SBML import with libSBML and libRoadRunner on a folder of models.

    python3 benches/peers/sbml_oracle.py --saigen target/release/saigen FOLDER [FOLDER ...]

Per model: does libSBML find errors, does libRoadRunner load it, does saigen load it, and how far are the two
trajectories apart (relative to each species' largest value)? Ends with status 1 if a pair is further apart than
--tolerance, or saigen takes a file in which libSBML finds errors.

The two peers are installed, pinned, into a private virtual environment (--venv), which stays for the next run.
"""

import argparse
import csv
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

PINNED = ["numpy==2.2.6", "python-libsbml==5.21.2", "libroadrunner==2.10.0"]


def enter(folder):
    """Starts this script again inside the virtual environment, made on first use."""
    python = folder / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == folder.resolve():
        return
    if not (folder / "ready").exists():
        print(f"making {folder} with {', '.join(PINNED)}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
        (folder / "ready").touch()
    os.execv(python, [str(python), *sys.argv])


def errors(path):
    """The errors (not warnings) that libSBML finds, as one line."""
    import libsbml

    document = libsbml.readSBMLFromFile(str(path))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, False)
    document.checkConsistency()
    found = [document.getError(i) for i in range(document.getNumErrors())]
    grave = [error for error in found if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    return "; ".join(f"{error.getErrorId()} at line {error.getLine()}" for error in grave[:3])


def reference(path, end, steps):
    """Times and concentrations by libRoadRunner's CVODE, or the reason why not."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    try:
        model = roadrunner.RoadRunner(str(path))
        ids = list(model.model.getFloatingSpeciesIds())
        if not ids:
            return None, "no floating species"
        # Absolute tolerance in the unit of the amounts, which may be attomoles.
        scale = max([abs(x) for x in model.model.getFloatingSpeciesAmounts()] + [0.0]) or 1.0
        model.integrator.relative_tolerance = 1e-10
        model.integrator.absolute_tolerance = 1e-13 * scale
        model.integrator.maximum_num_steps = 1_000_000
        model.timeCourseSelections = ["time"] + [f"[{name}]" for name in ids]
        return (ids, model.simulate(0, end, steps + 1)), ""
    except Exception as error:  # noqa: BLE001: a peer may raise anything
        return None, str(error).splitlines()[0][:100]


def ours(saigen, path, end, steps):
    """The same by saigen, or its message."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.csv"
        command = [saigen, "thermodynamic_uncertainty", "ode", str(path), "--times", f"0:{end}:{steps}"]
        done = subprocess.run([*command, "--quantity", "concentration", "--out", str(out)], capture_output=True, text=True)
        if done.returncode != 0:
            return None, " ".join(done.stderr.split())[:160] or f"status {done.returncode}"
        rows = list(csv.reader(io.StringIO(out.read_text())))
    return {name: [float(row[k]) for row in rows[1:]] for k, name in enumerate(rows[0])}, ""


def distance(expected, found):
    """Largest difference over all species, relative to the largest value of each."""
    ids, table = expected
    worst, where = 0.0, ""
    for k, name in enumerate(ids, start=1):
        column = table[:, k]
        largest = max(abs(value) for value in column)
        for value, other in zip(column, found[name], strict=True):
            away = abs(value - other) / largest if largest > 0 else abs(other)
            if not away <= worst:
                worst, where = away, name
    return worst, where


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--saigen", default="target/release/saigen")
    parser.add_argument("--venv", type=pathlib.Path, default=pathlib.Path("target/sbml-oracle"))
    parser.add_argument("--end", type=float, default=5.0, help="last time")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    enter(arguments.venv)
    failures = 0
    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.xml"))
    for path in paths:
        faults = errors(path)
        expected, peer_reason = reference(path, arguments.end, arguments.steps)
        found, reason = ours(arguments.saigen, path, arguments.end, arguments.steps)
        if expected and found:
            away, where = distance(expected, found)
            failed = not away <= arguments.tolerance or bool(faults)
            verdict = f"{'FAR' if failed else 'ok'}  {away:.1e} {where}"
        else:
            failed = bool(faults and found)
            verdict = f"peer: {peer_reason or 'ran'}; saigen: {reason or 'ran'}"
        failures += failed
        print(f"{path.name}: {verdict}" + (f"  [libSBML: {faults}]" if faults else ""))
    print(f"{len(paths)} models, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
