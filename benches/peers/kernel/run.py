"""Times both kernels and writes a table and the figures behind it. Started by run.sh; --help lists the parts."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from session import Session

PARTS = ["start", "cells", "interrupt", "memory", "session", "completion"]

FIRST = """
use saigen::polars::prelude::*;
let first = df!("a" => [1, 2], "b" => [0.5, 1.5])?;
println!("{first}");
"""

# What an interrupt has to stop, each without an end of its own.
ENDLESS = {
    "loop": "let mut steps = 0u64;\nloop { steps = steps.wrapping_add(1); }",
    "sleep": "std::thread::sleep(std::time::Duration::from_secs(600));",
    "iterator": "let odd = (0..u64::MAX).filter(|x| x % 2 == 1).map(|x| x ^ 5).fold(0u64, |a, b| a ^ b);\nodd",
    "library": """
let brusselator = saigen::cases::thermodynamic_uncertainty::zoo::specimen("brus").unwrap();
let limits = {
    use saigen::cases::thermodynamic_uncertainty::stochastic::*;
    let process = CountingProcess::from_network(&brusselator.network, 1000.0)?;
    let width = brusselator.state.len();
    let simulator = Simulator::new(&process, Method::default())?;
    let params = EnsembleParams::new(100_000_000, 1, "bench", "endless");
    let start = vec![1000i64; width];
    ensemble(&simulator, &start, &[10.0], &Counts::of(&process), &params, &saigen::display::Progress::new())?.variance(0, 0)
};
""",
}

COMPLETED = ["saigen::polars::prelude::Data", "saigen::ndarray::Arr", "let v = vec![1.0]; v.it", "String::fr"]


def dependency(root):
    return f":dep saigen = {{ path = {json.dumps(str(root))} }}"


def opened(kernel, options):
    """A session in which the library can be used, and the seconds from start to its first result."""
    session = Session(kernel, options.root, options.stock_folder, options.patience)
    for code in [dependency(options.library), FIRST]:
        outcome = session.run(code)
        if outcome["status"] != "ok" or outcome["error"]:
            session.__exit__()
            sys.exit(f"{kernel}: {code.strip()} gave {outcome['error'] or outcome['status']}")
    return session, time.perf_counter() - session.begun


def spread(values):
    return {"median": statistics.median(values), "max": max(values), "count": len(values)} if values else None


def start(kernel, options):
    seconds = []
    # The first start may build; it is told apart.
    for _ in range(options.rounds + 1):
        session, taken = opened(kernel, options)
        session.__exit__()
        seconds.append(taken)
    return {"first": seconds[0], **spread(seconds[1:])}


def cells(kernel, options):
    everyday = options.cells
    seconds = {cell["name"]: [] for cell in everyday}
    outcomes = {}
    for _ in range(options.rounds):
        session, _ = opened(kernel, options)
        with session:
            for cell in everyday:
                outcome = session.run(cell["code"])
                seconds[cell["name"]].append(outcome["seconds"])
                outcomes[cell["name"]] = outcome
                if outcome["status"] != "ok" or outcome["error"]:
                    print(f"{kernel}: {cell['name']}: {outcome['error'][:300]}", file=sys.stderr)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    failed = [name for name, outcome in outcomes.items() if outcome["status"] != "ok" or outcome["error"]]
    return {
        **spread(list(medians.values())),
        "slowest": max(medians, key=medians.get),
        "failed": failed,
        "each": {name: {"median": medians[name], "max": max(values)} for name, values in seconds.items()},
        "outcomes": outcomes,
    }


def interrupt(kernel, options):
    found = {name: {"seconds": [], "kept": 0, "tried": 0} for name in ENDLESS}
    session, _ = opened(kernel, options)
    try:
        for turn in range(options.interrupts):
            name = list(ENDLESS)[turn % len(ENDLESS)]
            record = found[name]
            session.run(f"let kept = vec![{turn}];")
            sent = session.start(ENDLESS[name])
            # Long enough for the slower kernel to have compiled it.
            time.sleep(options.settle if kernel == "ours" else 4 * options.settle)
            begun = time.perf_counter()
            session.manager.interrupt_kernel()
            record["tried"] += 1
            record["seconds"].append(session.finish(sent, begun)["seconds"])
            outcome = session.run("println!(\"{}\", kept[0]);")
            record["kept"] += outcome["stdout"].strip() == str(turn)
    finally:
        session.__exit__()
    everything = [second for record in found.values() for second in record["seconds"]]
    kept, tried = (sum(record[key] for record in found.values()) for key in ("kept", "tried"))
    return {**spread(everything), "kept": kept, "tried": tried,
            "each": {name: {**(spread(record["seconds"]) or {}), "kept": record["kept"], "tried": record["tried"]}
                     for name, record in found.items()}}


def memory(kernel, options):
    with Session(kernel, options.root, options.stock_folder, options.patience) as session:
        time.sleep(options.rest)
        started = session.memory()
        for code in [dependency(options.library), FIRST]:
            session.run(code)
        time.sleep(options.rest)
        return {"started": started, "after first result": session.memory()}


def session(kernel, options):
    """Many cells in one session: variables made and replaced, printed, items now and then."""
    opened_session, _ = opened(kernel, options)
    latencies, resident, bare, failed = [], [], [], 0
    with opened_session as live:
        at_rest(live, options)
        for index in range(options.session_cells):
            if index % 20 == 0:
                bare.append(bare_compiler())
            if index % 50 == 0:
                code = f"pub fn step_{index}(x: f64) -> f64 {{ x + {index}.0 }}"
            else:
                code = f"let value_{index % 10} = vec![{index}.0, 1.0];\nprintln!(\"{{}}\", value_{index % 10}.iter().sum::<f64>());"
            outcome = live.run(code)
            failed += outcome["status"] != "ok"
            latencies.append(outcome["seconds"])
            resident.append(live.memory() if index % 10 == 9 else None)
    part = min(100, max(1, len(latencies) // 3))
    measured = lambda values: statistics.median([value for value in values if value is not None] or [float("nan")])
    return {
        "cells": len(latencies),
        "failed": failed,
        "first latency": statistics.median(latencies[:part]),
        "last latency": statistics.median(latencies[-part:]),
        # The machine's own drift, by a program that doesn't grow.
        "first bare": statistics.median(bare[:part // 20 or 1]),
        "last bare": statistics.median(bare[-(part // 20 or 1):]),
        "by hundred": [statistics.median(latencies[at:at + 100]) for at in range(0, len(latencies), 100)],
        "memory by hundred": [measured(resident[at:at + 100]) for at in range(0, len(resident), 100)],
        "first memory": measured(resident[:part]),
        "last memory": measured(resident[-part:]),
    }


def at_rest(live, options):
    """Waits until the memory no longer grows: completion loads the crates after the first cell."""
    before = 0.0
    for _ in range(24):
        now = live.memory()
        if now < 1.02 * before:
            return
        before = now
        time.sleep(options.rest)


def bare_compiler():
    """Seconds that rustc takes for a program of one line."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "bare.rs"
        source.write_text('fn main() { println!("{}", 1); }')
        begun = time.perf_counter()
        subprocess.run(["rustc", "--emit=obj", "--out-dir", folder, source], check=True)
        return time.perf_counter() - begun


def completion(kernel, options):
    with Session(kernel, options.root, options.stock_folder, options.patience) as fresh:
        first, _ = fresh.complete(COMPLETED[3])
        first = {"first": first, "since start": time.perf_counter() - fresh.begun}
    live, _ = opened(kernel, options)
    with live:
        times, none = [], 0
        for turn in range(options.completions):
            taken, found = live.complete(COMPLETED[turn % len(COMPLETED)])
            times.append(taken)
            none += found == 0
    return {**first, **spread(times), "without candidates": none}


def check(options):
    """Whether both kernels say the same of every cell."""
    options.rounds = 1
    said = {kernel: cells(kernel, options)["outcomes"] for kernel in ("ours", "stock")}
    differ = 0
    for cell in options.cells:
        pair = [said[kernel][cell["name"]] for kernel in ("ours", "stock")]
        texts = [(one["stdout"].rstrip(), one["result"].rstrip(), bool(one["error"])) for one in pair]
        if texts[0] != texts[1]:
            differ += 1
            print(f"{cell['name']} differs:\n  ours:  {texts[0]}\n  stock: {texts[1]}\n  errors: {[one['error'] for one in pair]}")
    print(f"{len(options.cells) - differ} of {len(options.cells)} cells give the same on both kernels")
    return differ


def table(found, kernels):
    """The figures of the issue as a Markdown table."""
    rows = [
        ("start to first library result, warm, s", "start", lambda it: f"{it['median']:.2f} ({it['max']:.2f})"),
        ("the same, first time, s", "start", lambda it: f"{it['first']:.2f}"),
        ("later cell, median (slowest) of the set, s", "cells", lambda it: f"{it['median']:.3f} ({it['max']:.3f})"),
        ("slowest cell", "cells", lambda it: it["slowest"]),
        ("cells that failed", "cells", lambda it: f"{len(it['failed'])} of {it['count']}"),
        ("interrupt to idle, median (max), s", "interrupt", lambda it: f"{it['median']:.3f} ({it['max']:.3f})"),
        ("interrupts after which state was kept", "interrupt", lambda it: f"{it['kept']} of {it['tried']}"),
        ("memory of the idle kernel at start, MB", "memory", lambda it: f"{it['started']:.0f}"),
        ("memory after the first library result, MB", "memory", lambda it: f"{it['after first result']:.0f}"),
        ("many cells: latency of the first and last, s", "session", lambda it: f"{it['first latency']:.3f}, {it['last latency']:.3f}"),
        ("a bare rustc beside these, first and last, s", "session", lambda it: f"{it['first bare']:.3f}, {it['last bare']:.3f}"),
        ("many cells: memory at the first and last, MB", "session", lambda it: f"{it['first memory']:.0f}, {it['last memory']:.0f}"),
        ("many cells: how many, failed", "session", lambda it: f"{it['cells']}, {it['failed']}"),
        ("first completion, s", "completion", lambda it: f"{it['first']:.3f}"),
        ("later completion, median (max), s", "completion", lambda it: f"{it['median']:.3f} ({it['max']:.3f})"),
    ]
    lines = ["| | " + " | ".join(kernels) + " |", "|---|" + "---|" * len(kernels)]
    for title, part, shown in rows:
        if any(part in found[kernel] for kernel in kernels):
            values = [shown(found[kernel][part]) if part in found[kernel] else "–" for kernel in kernels]
            lines.append(f"| {title} | " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--library", type=Path, help="the sources that cells name in `:dep` (default: this repository)")
    parser.add_argument("--kernels", default="ours,stock", help="which to run (default: %(default)s)")
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="only compare what the cells give on both kernels")
    parser.add_argument("--groups", help="only cells of these groups, such as polars,ndarray")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of start and cells (default: %(default)s)")
    parser.add_argument("--interrupts", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--session-cells", type=int, default=1000, help="cells in one session (default: %(default)s)")
    parser.add_argument("--completions", type=int, default=40, help="later completions (default: %(default)s)")
    parser.add_argument("--settle", type=float, default=1.0, help="seconds from a cell to its interrupt (stock: 4 ×)")
    parser.add_argument("--rest", type=float, default=5.0, help="idle seconds before memory is read")
    parser.add_argument("--patience", type=float, default=3600.0, help="most seconds for one cell")
    parser.add_argument("--stock-folder", default=str(Path(tempfile.gettempdir()) / "saigen-bench-stock"),
                        help="where stock evcxr builds, kept between runs (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="folder of kernel.json and kernel.md (default: target/bench-kernel)")
    options = parser.parse_args()
    options.library = options.library or options.root
    options.out = options.out or options.root / "target/bench-kernel"
    with open(Path(__file__).with_name("cells.toml"), "rb") as file:
        options.cells = tomllib.load(file)["cells"]
    if options.groups:
        # The set is one session: cells of a group may use what `std` and the prelude left.
        wanted = set(options.groups.split(",")) | {"std"}
        options.cells = [cell for cell in options.cells if cell["group"] in wanted or cell["name"] == "prelude"]
    unknown = set(options.parts.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


def main():
    options = arguments()
    if options.check:
        sys.exit(1 if check(options) else 0)
    kernels = options.kernels.split(",")
    measure = {"start": start, "cells": cells, "interrupt": interrupt, "memory": memory, "session": session,
               "completion": completion}
    options.out.mkdir(parents=True, exist_ok=True)
    found = {kernel: {} for kernel in kernels}
    for part in [part for part in PARTS if part in options.parts.split(",")]:
        # Side by side, so that both meet the same machine.
        for kernel in kernels:
            print(f"{part}: {kernel} …", file=sys.stderr)
            try:
                found[kernel][part] = measure[part](kernel, options)
            except (TimeoutError, RuntimeError) as error:
                print(f"{part}: {kernel}: {error}", file=sys.stderr)
            # Written after each part: a run that is stopped keeps what it has.
            (options.out / "kernel.json").write_text(json.dumps(found, indent=1) + "\n")
            (options.out / "kernel.md").write_text(table(found, kernels))
    print(table(found, kernels))


if __name__ == "__main__":
    main()
