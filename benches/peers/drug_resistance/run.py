"""All nodewise elastic nets of a made-up screen by saigen and by its peers, in one run; prints Markdown tables. Started by
run.sh; --help lists the options.

Every solver gets the same 900 x 976 numbers (40 latent factors), scaled to unit variance, and fits every column on all others
at lambda 0.3, l1 ratio 0.5. A time is that of all 976 fits; reading, scaling, imports and compilation are left out for the peers,
while ours includes scaling and the Gram matrix. Peers get the columns in processes of one thread each, with every column
taken out in place, and their low-level function where there is one. Objective and KKT residual are computed here, for all
solvers alike. Each peer is run at its default tolerance, and at smaller ones until its largest KKT residual is at most 1e-6.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROWS, COLUMNS, LAMBDA, RATIO = 900, 976, 0.3, 0.5
KKT, OBJECTIVE, SECONDS, FASTER = 1e-6, 1e-8, 0.5, 5.0
TOLERANCES = [None, 1e-8, 1e-10, 1e-12, 1e-14]
GROWING = [250, 500, 976, 2000, 5000]


def celer(tolerance):
    from celer.homotopy import celer_path

    def fit(x, y, gram, c):
        return celer_path(x, y, "lasso", alphas=[LAMBDA], l1_ratio=RATIO, max_iter=1000, tol=tolerance or 1e-4)[1][:, 0]

    return fit


def skglm(tolerance):
    from skglm.datafits import Quadratic
    from skglm.penalties import L1_plus_L2
    from skglm.solvers import AndersonCD
    from skglm.utils.jit_compilation import compiled_clone

    datafit, penalty = compiled_clone(Quadratic()), compiled_clone(L1_plus_L2(LAMBDA, RATIO))
    solver = AndersonCD(tol=tolerance or 1e-4, fit_intercept=False, max_iter=1000)

    def fit(x, y, gram, c):
        datafit.initialize(x, y)
        return solver.solve(x, y, datafit, penalty)[0]

    return fit


def adelie(tolerance):
    import adelie as ad

    def fit(x, y, gram, c):
        state = ad.grpnet(
            x,
            ad.glm.gaussian(y),
            alpha=RATIO,
            lmda_path=np.array([LAMBDA]),
            intercept=False,
            tol=tolerance or 1e-7,
            early_exit=False,
            progress_bar=False,
        )
        return state.betas[0].toarray().ravel()

    return fit


def adelie_gram(tolerance):
    import adelie as ad

    def fit(x, y, gram, c):
        state = ad.gaussian_cov(
            gram, c, alpha=RATIO, lmda_path=np.array([LAMBDA]), tol=tolerance or 1e-7, early_exit=False, progress_bar=False
        )
        return state.betas[0].toarray().ravel()

    return fit


def glmnet(tolerance):
    from glmnet import ElasticNet

    def fit(x, y, gram, c):
        net = ElasticNet(
            alpha=RATIO,
            lambda_path=[LAMBDA],
            n_splits=0,
            standardize=False,
            fit_intercept=False,
            tol=tolerance or 1e-7,
            max_iter=10**6,
        )
        return net.fit(x, y).coef_path_[:, 0]

    return fit


def scikit_learn(tolerance):
    from sklearn.linear_model import enet_path

    def fit(x, y, gram, c):
        found = enet_path(
            x, y, l1_ratio=RATIO, alphas=[LAMBDA], precompute=False, check_input=False, tol=tolerance or 1e-4, max_iter=10**6
        )
        return found[1][:, 0]

    return fit


def scikit_learn_gram(tolerance):
    from sklearn.linear_model import enet_path

    def fit(x, y, gram, c):
        found = enet_path(
            x,
            y,
            l1_ratio=RATIO,
            alphas=[LAMBDA],
            precompute=gram.T,
            Xy=c,
            check_input=False,
            tol=tolerance or 1e-4,
            max_iter=10**6,
        )
        return found[1][:, 0]

    return fit


# Name, package, maker of a fit, and by what the correlations are multiplied that it takes; 0 where it takes none.
PEERS = [
    ("celer", "celer", celer, 0),
    ("skglm", "skglm", skglm, 0),
    ("adelie", "adelie", adelie, 0),
    ("adelie, Gram", "adelie", adelie_gram, 1),
    ("glmnet", "python-glmnet", glmnet, 0),
    ("scikit-learn", "scikit-learn", scikit_learn, 0),
    ("scikit-learn, Gram", "scikit-learn", scikit_learn_gram, ROWS),
]


def without_first(x, gram):
    """The problem without column 0; going on to column j + 1 changes only place j."""
    copy = lambda matrix: np.array(matrix, order="F", copy=True)
    return copy(x[:, 1:]), None if gram is None else copy(gram[1:, 1:])


def share(x, maker, tolerance, factor, columns, start, results):
    """Fits these columns; puts its seconds and the coefficients into `results`."""
    warnings.filterwarnings("ignore")
    fit = maker(tolerance)
    full = x.T @ x * (max(factor, 1) / ROWS)
    rest, gram = without_first(x, full if factor else None)
    for _ in range(2):
        fit(rest, x[:, 0].copy(), gram, full[0, 1:].copy())
    responses = [x[:, j].copy() for j in columns]
    rights = [np.delete(full[j], j) for j in columns]
    # The columns before the first of this share.
    for j in range(1, columns[0] + 1):
        rest[:, j - 1] = x[:, j - 1]
        if factor:
            others = np.r_[0:j, j + 1 : COLUMNS]
            gram[j - 1, :] = full[j - 1, others]
            gram[:, j - 1] = full[j - 1, others]
    found = []
    start.wait()
    begun = time.perf_counter()
    for place, j in enumerate(columns):
        if place > 0:
            rest[:, j - 1] = x[:, j - 1]
            if factor:
                gram[j - 1, :j] = full[j - 1, :j]
                gram[j - 1, j:] = full[j - 1, j + 1 :]
                gram[:, j - 1] = gram[j - 1]
        found.append(fit(rest, responses[place], gram, rights[place]))
    results.put((columns[0], time.perf_counter() - begun, np.array(found)))


def peer(x, maker, tolerance, factor, threads):
    """Seconds of the slowest process, with the Gram matrix where one is used, and all coefficients."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(threads), context.Queue()
    parts = [list(map(int, part)) for part in np.array_split(np.arange(COLUMNS), threads)]
    workers = [
        context.Process(target=share, args=(x, maker, tolerance, factor, part, start, results)) for part in parts
    ]
    [worker.start() for worker in workers]
    try:
        done = sorted((results.get(timeout=600) for _ in workers), key=lambda one: one[0])
    finally:
        for worker in workers:
            worker.join(timeout=1)
            if worker.is_alive():
                worker.terminate()
    seconds = max(one[1] for one in done)
    if factor:
        begun = time.perf_counter()
        x.T @ x
        seconds += (time.perf_counter() - begun) / threads
    network = np.zeros((COLUMNS, COLUMNS))
    for first, _, found in done:
        for place, coefficients in enumerate(found):
            j = first + place
            network[:, j] = np.insert(coefficients, j, 0.0)
    return seconds, network


def judge(gram, network):
    """Objective of each column, and its KKT residual relative to the largest |c|."""
    l1, l2 = LAMBDA * RATIO, LAMBDA * (1 - RATIO)
    gradient = gram - gram @ network
    objective = 0.5 * np.diag(gram) - 0.5 * (network * (gram + gradient)).sum(0)
    objective += l1 * np.abs(network).sum(0) + 0.5 * l2 * (network**2).sum(0)
    active = np.abs(gradient - l2 * network - l1 * np.sign(network))
    violation = np.where(network != 0, active, np.maximum(np.abs(gradient) - l1, 0))
    np.fill_diagonal(violation, 0)
    size = np.abs(gram - np.diag(np.diag(gram))).max(0)
    return objective, (violation.max(0) / size).max()


def run(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def compare(options, x, gram, scratch, threads, missed):
    report = json.loads(run([options.ours, "peer", scratch / "network.f64", threads]))
    triplets = np.fromfile(scratch / "network.f64").reshape(-1, 3)
    network = np.zeros((COLUMNS, COLUMNS))
    network[triplets[:, 0].astype(int), triplets[:, 1].astype(int)] = triplets[:, 2]
    best, kkt = judge(gram, network)
    ours = report["seconds"]
    print(f"\n### {threads} thread{'s' if threads > 1 else ''}\n")
    print("| solver | tolerance | seconds | largest KKT residual | largest difference of an objective | times ours |")
    print("|---|---|---|---|---|---|")
    print(f"| saigen (Gram {report['gram']:.3f} s) | 1e-9 | {ours:.3f} | {kkt:.1e} | | 1 |", flush=True)
    fastest = (np.inf, "none")
    for name, package, maker, factor in PEERS:
        for tolerance in TOLERANCES:
            try:
                seconds, found = peer(x, maker, tolerance, factor, threads)
            except Exception as error:
                print(f"| {name} | {tolerance or 'default'} | failed: {type(error).__name__} | | | |", flush=True)
                missed.append(f"{name} failed")
                break
            objective, theirs = judge(gram, found)
            apart = float((np.abs(objective - best) / best).max())
            label = f"{name} {version(package)}"
            print(
                f"| {label} | {tolerance or 'default'} | {seconds:.3f} | {theirs:.1e} | {apart:.1e} | {seconds / ours:.3g} |",
                flush=True,
            )
            if theirs <= KKT and apart <= OBJECTIVE:
                fastest = min(fastest, (seconds, label))
                break
        else:
            missed.append(f"{name} and saigen differ by {apart:.1e} in an objective, KKT {theirs:.1e}, {threads} threads")
    print(f"\n{report['coefficients']:.1f} coefficients a fit. Fastest peer with that certificate: {fastest[1]}, "
          f"{fastest[0]:.3f} s, {fastest[0] / ours:.3g} times ours.")
    if kkt > KKT:
        missed.append(f"our KKT residual is {kkt:.1e}, goal {KKT:.0e}")
    if fastest[0] < FASTER * ours:
        missed.append(f"{fastest[0] / ours:.2f} times as fast as {fastest[1]} on {threads} threads, goal {FASTER}")
    if threads == 2 and ours > SECONDS:
        missed.append(f"{ours:.3f} s on 2 threads, goal {SECONDS} s")


def grow(options, missed):
    print("\n### Growth with the number of columns\n")
    print("| columns | rows | threads | Gram, seconds | all, seconds | coefficients a fit | largest KKT residual | peak MiB |")
    print("|---|---|---|---|---|---|---|---|")
    lines = []
    for columns in GROWING:
        for threads in (1, 2):
            lines.append(run([options.ours, "grow", columns, threads]).strip())
            print("| " + lines[-1].replace(",", " | ") + " |", flush=True)
            if float(lines[-1].split(",")[-1]) > 4096:
                missed.append(f"{columns} columns held {lines[-1].split(',')[-1]} MiB, goal 4096")
    if options.table:
        head = "columns,rows,threads,gram_seconds,seconds,coefficients_per_fit,largest_kkt,peak_mib"
        options.table.write_text("\n".join([head, *lines]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="the repository (run.sh gives it)")
    parser.add_argument("--ours", type=Path, required=True, help="the bench's program (run.sh gives it)")
    parser.add_argument("--check", action="store_true", help="end with 1 when a goal is missed")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads to compare at")
    parser.add_argument("--table", type=Path, help="also write the growth with the number of columns as CSV here")
    options = parser.parse_args()
    scratch = options.root / "target" / "bench-drug"
    scratch.mkdir(parents=True, exist_ok=True)
    run([options.ours, "data", scratch / "screen.f64"])
    x = np.fromfile(scratch / "screen.f64").reshape(ROWS, COLUMNS)
    x = np.asfortranarray((x - x.mean(0)) / x.std(0))
    gram = x.T @ x / ROWS
    print(f"NumPy {version('numpy')}, Python {sys.version.split()[0]}, {os.cpu_count()} cores. {ROWS} rows, {COLUMNS} columns, "
          f"λ {LAMBDA}, ℓ1 ratio {RATIO}.")
    missed = []
    for threads in options.threads:
        compare(options, x, gram, scratch, threads, missed)
    grow(options, missed)
    for one in missed:
        print(f"\nMISSED: {one}")
    if options.check and missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
