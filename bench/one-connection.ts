// The implied covariances of a ring of nine vertices with five chords: the one-connection rule, cofactor
// expansion with the same polynomials, and SymPy's symbolic inverse, where it is installed.
// Usage: node --conditions=ockham-source bench/one-connection.ts
import { spawnSync } from "node:child_process";
import { covariancePairs, impliedCovariance } from "ockham/stats";
import { covarianceByCofactors } from "../papers/one-connection/cofactors.ts";
import { ringWithChords as graph } from "../papers/one-connection/graphs.ts";

function fastest(repeats: number, call: () => unknown): number {
  const durations = Array.from({ length: repeats }, () => {
    const started = performance.now();
    call();
    return performance.now() - started;
  });
  return Math.min(...durations);
}

const rule = fastest(20, () => {
  const { numerator } = impliedCovariance(graph);
  return covariancePairs(graph.n).map(([i, j]) => numerator(i, j));
});
const cofactors = fastest(10, () => covarianceByCofactors(graph));
console.log(`one-connection rule, all covariances   ${rule.toFixed(2)} ms`);
console.log(
  `cofactor expansion, all covariances    ${cofactors.toFixed(2)} ms   ${(cofactors / rule).toFixed(1)} x`,
);

const program = `
import time, sympy
edges = ${JSON.stringify(graph.directed)}
n = ${graph.n}
M = sympy.eye(n)
for a, b in edges: M[a, b] -= sympy.Symbol(f"l{a}_{b}")
start = time.perf_counter()
M.adjugate()
print(1000 * (time.perf_counter() - start))
start = time.perf_counter()
M.inv()
print(1000 * (time.perf_counter() - start))
`;
const { status, stdout } = spawnSync("/usr/bin/python3", ["-c", program], {
  encoding: "utf8",
  timeout: 300_000,
});
if (status === 0) {
  const [adjugate, inverse] = stdout.trim().split("\n").map(Number) as [number, number];
  console.log(
    `SymPy, (I - L).adjugate() alone         ${adjugate.toFixed(0)} ms   ${(adjugate / rule).toFixed(0)} x`,
  );
  console.log(
    `SymPy, (I - L).inv() alone              ${inverse.toFixed(0)} ms   ${(inverse / rule).toFixed(0)} x`,
  );
} else console.log("SymPy: not installed, or it took more than five minutes");
