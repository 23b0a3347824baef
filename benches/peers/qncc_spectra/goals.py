"""What the comparison with peers must reach; run.py --check asks for it.

By itself (`python3 goals.py < MEASURED.json`) it judges numbers that were measured before, without any package.
"""

import json
import sys

# Name, bound, whether it is an upper one, and what it says.
GOALS = [
    ("depth_chi2", 1659.7217 + 1e-4, True, "χ² of M101 with attenuation"),
    ("depth_chi2", 1659.7217 - 1e-4, False, "χ² of M101 with attenuation"),
    ("centres_chi2", 1450.53, True, "χ² of M101 with 19 line centres free"),
    ("times_pahfit", 100.0, False, "times as fast as PAHFIT, with attenuation"),
    ("times_trust_region", 20.0, False, "times as fast as SciPy's trust region, 19 line centres free"),
    ("bootstrap_seconds", 3.0, True, "seconds for 1000 bootstrap replicates"),
    ("large_seconds", 1.0, True, "seconds for 10 000 points and 300 components"),
    ("large_kkt", 1e-8, True, "KKT residual of these"),
]


def missed(measured):
    """The goals that aren't reached, in words; a number that is missing or NaN reaches none.

    >>> reached = dict(depth_chi2=1659.7217, centres_chi2=1450.528, times_pahfit=150, times_trust_region=25,
    ...                bootstrap_seconds=1.2, large_seconds=0.3, large_kkt=1e-12)
    >>> missed(reached)
    []
    >>> missed({**reached, "times_pahfit": 99.9})
    ['times as fast as PAHFIT, with attenuation: 99.9, the goal is at least 100']
    >>> missed({**reached, "large_kkt": float("nan")})
    ['KKT residual of these: nan, the goal is at most 1e-08']
    """
    found = []
    for name, bound, upper, words in GOALS:
        value = measured.get(name, float("nan"))
        if not (value <= bound if upper else value >= bound):
            side = "at most" if upper else "at least"
            found.append(f"{words}: {value:.10g}, the goal is {side} {bound:.10g}")
    return found


def report(measured):
    """Prints what is missed to stderr and returns the exit status."""
    failures = missed(measured)
    for failure in failures:
        print(f"MISSED {failure}", file=sys.stderr)
    if not failures:
        print(f"all {len(GOALS)} goals are reached", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(report(json.load(sys.stdin)))
