"""M101 by PAHFIT, by SciPy and by saigen, in one run; prints a Markdown table. Started by run.sh; --help lists the options.

Every solver gets the same problem: 294 points, 52 components at the places of the classic list, mixed attenuation. A time is
that of the numeric call alone, the least of several; "process" is a whole process from its start to its end.

--check exits with 1 when a goal of goals.py is missed. --numbers prints what PAHFIT contributes to
data/published/qncc_spectra/numbers.toml (entries pahfit_held, pahfit_own and pahfit) and nothing else.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import goals
import numpy as np
from scipy.optimize import least_squares, minimize_scalar, nnls

LINE = 2.355
REACH = 0.05


class M101:
    """The spectrum, its components and the attenuation curve."""

    def __init__(self, folder):
        self.file = folder / "m101_nucleus_spitzer_irs.ipac"
        rows = [line.split() for line in self.file.open() if line.strip() and line[0] not in "|\\"]
        self.x, self.y, self.sigma = np.array(rows, float).T
        with (folder / "components_classic_smith2007.csv").open() as file:
            self.components = list(csv.DictReader(line for line in file if line[0] != "#"))
        curve = np.loadtxt(folder / "attenuation_smith2007_kvt.csv", delimiter=",", skiprows=1)
        self.ratio = np.interp(self.x, curve[:, 0], curve[:, 1])
        self.columns = np.array([self.column(one) for one in self.components]).T
        self.lines = [j for j, one in enumerate(self.components) if one["kind"] == "line"]

    def column(self, one, centre=None):
        if one["temperature_K"]:
            temperature = float(one["temperature_K"])
            body = 3.97289e13 / self.x**3 / np.expm1(14387.752 / self.x / temperature)
            return body * (9.7 / self.x) ** 2 if one["kind"] == "modified_blackbody" else body
        centre = float(one["center_um"]) if centre is None else centre
        width = float(one["fwhm_um"])
        if one["kind"] == "line":
            return np.exp(-0.5 * ((self.x - centre) / (width / LINE)) ** 2)
        g = width / centre
        return g * g / ((self.x / centre - centre / self.x) ** 2 + g * g)

    def mixed(self, depth):
        tau = depth * self.ratio
        return np.where(tau > 1e-12, -np.expm1(-tau) / np.where(tau > 0, tau, 1), 1.0)

    def mixed_slope(self, depth):
        tau = np.maximum(depth * self.ratio, 1e-6)
        return self.ratio * (np.exp(-tau) * (1 + tau) - 1) / tau**2

    def centres(self):
        return np.array([float(self.components[j]["center_um"]) for j in self.lines])


def timed(rounds, run):
    """Least seconds of several runs, and the last result."""
    best = np.inf
    for _ in range(rounds):
        begun = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - begun)
    return best, result


def scipy_nnls(data, depth):
    columns = data.columns * (data.mixed(depth) / data.sigma)[:, None]
    scales = np.linalg.norm(columns, axis=0)
    _, length = nnls(columns / scales, data.y / data.sigma, maxiter=1000)
    return length**2


def scipy_depth(data):
    search = minimize_scalar(lambda tau: scipy_nnls(data, tau), bounds=(0, 2), method="bounded", options={"xatol": 1e-6})
    return search.fun, search.x


def scipy_trf(data, free, analytic):
    """SciPy's trust region on all parameters at once: τ, coefficients in units of their columns, centres of lines."""
    scales = np.linalg.norm(data.columns / data.sigma[:, None], axis=0)
    listed = data.centres()
    count = len(scales)

    def columns(centres):
        if not free:
            return data.columns
        moved = data.columns.copy()
        for j, centre in zip(data.lines, centres):
            moved[:, j] = data.column(data.components[j], centre)
        return moved

    def residual(p):
        model = columns(p[1 + count :]) @ (p[1 : 1 + count] / scales)
        return (data.mixed(p[0]) * model - data.y) / data.sigma

    def jacobian(p):
        moved = columns(p[1 + count :])
        share, heights = data.mixed(p[0]), p[1 : 1 + count] / scales
        parts = [(data.mixed_slope(p[0]) * (moved @ heights))[:, None], share[:, None] * moved / scales]
        if free:
            for place, j in enumerate(data.lines):
                width = float(data.components[j]["fwhm_um"]) / LINE
                slope = moved[:, j] * (data.x - p[1 + count + place]) / width**2 * heights[j]
                parts.append((share * slope)[:, None])
        return np.concatenate(parts, axis=1) / data.sigma[:, None]

    # Heights as a person would guess them: half the flux at the centre, an eighth of it for a continuum.
    guesses = []
    for j, one in enumerate(data.components):
        if one["temperature_K"]:
            guesses.append(np.median(data.y) / 8 / data.columns[:, j].max())
        else:
            guesses.append(0.5 * max(np.interp(float(one["center_um"]), data.x, data.y), 0.1))
    start = np.concatenate([[0.1], np.array(guesses) * scales, listed if free else []])
    lower = np.concatenate([[0.0], np.zeros(count), listed - REACH if free else []])
    upper = np.concatenate([[10.0], np.full(count, np.inf), listed + REACH if free else []])
    found = least_squares(
        residual,
        start,
        jac=jacobian if analytic else "2-point",
        bounds=(lower, upper),
        x_scale="jac",
        ftol=1e-12,
        xtol=1e-12,
        gtol=1e-12,
        max_nfev=3000,
    )
    return 2 * found.cost, found.x[0]


def pahfit_pack(data, path):
    """The classic list as a pack of PAHFIT 2.0, with every place held."""
    titles = ["Name", "Form"]
    for name in ["temp", "amp", "x_0", "fwhm"]:
        titles += [name, f"{name}_min", f"{name}_max", f"{name}_fixed"]
    rows = []
    for j, one in enumerate(data.components):
        name = one["name"] or f"{'DF' if one['center_um'] else 'BB'}{j}"
        form = {"line": "Gaussian1D", "drude": "Drude1D"}.get(one["kind"], "BlackBody1D")
        place = ["null"] * 8
        temperature = ["null"] * 4
        if one["temperature_K"]:
            temperature = [one["temperature_K"], "0.0", "nan", "True"]
        else:
            centre, width = float(one["center_um"]), float(one["fwhm_um"])
            place = [repr(centre), repr(centre - 0.05), repr(centre + 0.05), "True"]
            place += [repr(width), repr(0.5 * width), repr(1.5 * width), "True"]
        amplitude = ["1e-10" if form == "BlackBody1D" else "100.0", "0.0", "nan", "False"]
        rows.append([name, form, *temperature, *amplitude, *place])
    rows.append(["S07_att", "S07_attenuation", *["null"] * 4, "1.0", "0.0", "10.0", "False", *["null"] * 8])
    kinds = ["char", "char"] + (["double"] * 3 + ["char"]) * 4
    table = [titles, kinds, [""] * len(titles), ["null"] * len(titles)]
    widths = [max(len(row[k]) for row in table + rows) + 1 for k in range(len(titles))]
    with path.open("w") as file:
        for row in table:
            file.write("|" + "|".join(cell.rjust(width) for cell, width in zip(row, widths)) + "|\n")
        for row in rows:
            file.write(" " + " ".join(cell.rjust(width) for cell, width in zip(row, widths)) + " \n")


def pahfit(data, folder, calls, rounds):
    """PAHFIT's own reader, model, start and fitter; the time is that of the fit alone."""
    warnings.filterwarnings("ignore")
    from pahfit.helpers import fit_spectrum, initialize_model, read_spectrum

    pack = folder / "pahfit_pack.ipac"
    pahfit_pack(data, pack)
    observed = read_spectrum(str(data.file))
    best = np.inf
    for _ in range(rounds):
        model = initialize_model(str(pack), observed, estimate_start=True)
        begun = time.perf_counter()
        fitted = fit_spectrum(observed, model, maxiter=calls, verbose=False)
        best = min(best, time.perf_counter() - begun)
    values = np.asarray(fitted(observed["x"].value))
    chi2 = float((((data.y - values) / data.sigma) ** 2).sum())
    depth = [float(part.tau_sil.value) for part in fitted if hasattr(part, "tau_sil")]
    return best, (chi2, depth[0])


# The band complexes of Smith et al. 2007: name, and between which wavelengths in µm their bands are listed.
COMPLEXES = [("6.2", 6.15, 6.3), ("7.7", 7.3, 7.9), ("8.3", 8.25, 8.4), ("8.6", 8.55, 8.7), ("11.3", 11.2, 11.4),
             ("12.6", 12.6, 12.7), ("17", 16.4, 17.9)]
LIGHT_UM_PER_S = 299_792_458e6
JANSKY = 1e-26


def pahfit_own(data, calls):
    """PAHFIT as its command run_pahfit does it, with the pack that it ships: χ², τ and powers in 1e-13 W m⁻²."""
    warnings.filterwarnings("ignore")
    from astropy.modeling.physical_models import Drude1D
    from pahfit.helpers import fit_spectrum, initialize_model, read_spectrum

    observed = read_spectrum(str(data.file))
    model = initialize_model("scipack_ExGal_SpitzerIRSSLLL.ipac", observed, estimate_start=True)
    fitted = fit_spectrum(observed, model, maxiter=calls, verbose=False)
    values = np.asarray(fitted(observed["x"].value))
    chi2 = float((((data.y - values) / data.sigma) ** 2).sum())
    depth = [float(part.tau_sil.value) for part in fitted if hasattr(part, "tau_sil")]
    powers = dict.fromkeys([name for name, _, _ in COMPLEXES], 0.0)
    for part in fitted:
        if not isinstance(part, Drude1D):
            continue
        centre, width, height = (float(value) for value in (part.x_0.value, part.fwhm.value, part.amplitude.value))
        for name, low, high in COMPLEXES:
            if low <= centre <= high:
                # π c b g / (2 λ₀) with g = FWHM/λ₀
                powers[name] += 0.5 * np.pi * LIGHT_UM_PER_S * height * width / centre**2 * JANSKY / 1e-13
    return chi2, depth[0], powers


def numbers(data, scratch):
    """Prints the entries of data/published/qncc_spectra/numbers.toml that come from PAHFIT."""
    source = 'source = "run of benches/peers/qncc_spectra/run.sh --numbers"'
    _, (chi2, tau) = pahfit(data, scratch, 20000, 1)
    head = f'version = "{version("pahfit")}"'
    print(f'[pahfit_held]\n{head}\ncalls = 20000\nchi2 = {chi2:.3f}\ntau = {tau:.4f}\ngrade = "O"\n{source}\n')
    chi2, tau, powers = pahfit_own(data, 1000)
    print(f'[pahfit_own]\n{head}\ncalls = 1000\nchi2 = {chi2:.3f}\ntau = {tau:.4f}\ngrade = "O"\n{source}')
    for name, power in powers.items():
        print(f'\n[[pahfit]]\nband = "{name}"\npower = {power:.4g}\ngrade = "O"\n{source}')


def process(command, environment=None):
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return time.perf_counter() - begun, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="the repository (run.sh gives it)")
    parser.add_argument("--ours", type=Path, help="the bench's program (run.sh gives it)")
    parser.add_argument("--numeric", action="store_true", help="also SciPy's trust region with numeric derivatives (a minute)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    parser.add_argument("--numbers", action="store_true", help="only print the published numbers that come from PAHFIT")
    parser.add_argument("--only", choices=["pahfit"], help="one fit by PAHFIT and nothing else, to time a whole process")
    options = parser.parse_args()
    mirror = Path(os.environ.get("SAIGEN_MIRROR", options.root / "../shared/data")) / "qncc_spectra"
    if not mirror.is_dir():
        sys.exit(f"no data at {mirror}; set SAIGEN_MIRROR")
    data = M101(mirror)
    scratch = options.root / "target" / "bench-qncc"
    scratch.mkdir(parents=True, exist_ok=True)
    if options.only:
        pahfit(data, scratch, 1000, 1)
        return
    if options.numbers:
        numbers(data, scratch)
        return
    if options.ours is None:
        parser.error("--ours is missing; run.sh gives it")

    ours = json.loads(process([options.ours, "peer"])[1])
    once, _ = process([options.ours, "once"])
    rows = {"fixed places, no attenuation": [], "with attenuation": [], "with 19 line centres ±0.05 µm": []}
    fixed, depth, centres = rows.values()

    def add(group, name, seconds, chi2, tau):
        group.append((name, seconds, chi2, tau))
        print(f"{name}: {seconds:.4g} s", file=sys.stderr)

    for group, key in [(fixed, "fixed"), (depth, "depth"), (centres, "centres")]:
        add(group, "saigen", ours[key]["seconds"], ours[key]["chi2"], ours[key]["tau"])
    seconds, chi2 = timed(20, lambda: scipy_nnls(data, 0.0))
    add(fixed, "SciPy nnls", seconds, chi2, 0.0)
    seconds, (chi2, tau) = timed(10, lambda: scipy_depth(data))
    add(depth, "SciPy nnls and minimize_scalar", seconds, chi2, tau)
    seconds, (chi2, tau) = timed(2, lambda: scipy_trf(data, False, True))
    add(depth, "SciPy trust region, analytic derivatives", seconds, chi2, tau)
    seconds, (chi2, tau) = timed(1, lambda: scipy_trf(data, True, True))
    add(centres, "SciPy trust region, analytic derivatives", seconds, chi2, tau)
    if options.numeric:
        seconds, (chi2, tau) = timed(1, lambda: scipy_trf(data, False, False))
        add(depth, "SciPy trust region, numeric derivatives", seconds, chi2, tau)
        seconds, (chi2, tau) = timed(1, lambda: scipy_trf(data, True, False))
        add(centres, "SciPy trust region, numeric derivatives", seconds, chi2, tau)
    for calls in (1000, 20000):
        seconds, (chi2, tau) = pahfit(data, scratch, calls, 2)
        add(depth, f"PAHFIT {version('pahfit')}, {calls} calls", seconds, chi2, tau)
    whole, _ = process([sys.executable, __file__, "--root", options.root, "--ours", options.ours, "--only", "pahfit"])

    print(f"PAHFIT {version('pahfit')} (released; no trust-region option), astropy {version('astropy')}, "
          f"SciPy {version('scipy')}, NumPy {version('numpy')}, Python {sys.version.split()[0]}, {os.cpu_count()} cores.\n")
    print("| problem | solver | χ² | τ | seconds | times ours |")
    print("|---|---|---|---|---|---|")
    for problem, group in rows.items():
        for name, seconds, chi2, tau in group:
            print(f"| {problem} | {name} | {chi2:.4f} | {tau:.4f} | {seconds:.3g} | {seconds / group[0][1]:.3g} |")
    print(f"| with attenuation, whole process | saigen | | | {once:.3g} | 1 |")
    print(f"| with attenuation, whole process | PAHFIT {version('pahfit')}, 1000 calls | | | {whole:.3g} | {whole / once:.3g} |")
    bootstrap, large = ours["bootstrap"]["seconds"], ours["large"]
    print(f"\n1000 bootstrap replicates with τ fitted again: {bootstrap:.3g} s. 10 000 points, 300 components: "
          f"{large['seconds']:.3g} s, {large['positive']} positive, KKT residual {large['kkt']:.1e}.")
    if options.check:
        least = lambda group, peer: min(seconds for name, seconds, _, _ in group if name.startswith(peer))
        measured = {
            "depth_chi2": ours["depth"]["chi2"],
            "centres_chi2": ours["centres"]["chi2"],
            "times_pahfit": least(depth, "PAHFIT") / ours["depth"]["seconds"],
            "times_trust_region": least(centres, "SciPy trust region") / ours["centres"]["seconds"],
            "bootstrap_seconds": bootstrap,
            "large_seconds": large["seconds"],
            "large_kkt": large["kkt"],
        }
        sys.exit(goals.report(measured))


if __name__ == "__main__":
    main()
