// The implied covariances of a ring of nine vertices with five chords: the one-connection rule, cofactor
// expansion with the same polynomials, and SymPy's symbolic inverse, where it is installed.
// Usage: node --conditions=ockham-source bench/one-connection.ts
import { spawnSync } from "node:child_process";
import { covariancePairs, impliedCovariance } from "ockham/stats";
import { covarianceByCofactors } from "../papers/one-connection/cofactors.ts";
import { fastest } from "../papers/one-connection/fastest.ts";
import { ringWithChords as graph } from "../papers/one-connection/graphs.ts";

const rule = fastest(() => {
  const { numerator } = impliedCovariance(graph);
  return covariancePairs(graph.n).map(([i, j]) => numerator(i, j));
});
const cofactors = fastest(() => covarianceByCofactors(graph));
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
W = sympy.diag(*[sympy.Symbol(f"w{v}") for v in range(n)])
start = time.perf_counter()
A = M.adjugate()
print(1000 * (time.perf_counter() - start), flush=True)
start = time.perf_counter()
A = A.applyfunc(sympy.expand)
S = (A.T * W * A).applyfunc(sympy.expand)
print(1000 * (time.perf_counter() - start), flush=True)
start = time.perf_counter()
M.inv()
print(1000 * (time.perf_counter() - start), flush=True)
`;
const { status, stdout } = spawnSync("/usr/bin/python3", ["-c", program], {
  encoding: "utf8",
  timeout: 300_000,
});
if (status === 0) {
  const [adjugate, product, inverse] = stdout.trim().split("\n").map(Number) as [number, number, number];
  const line = (name: string, time: number): void =>
    console.log(`${name.padEnd(38)} ${time.toFixed(0)} ms   ${(time / rule).toFixed(0)} x`);
  line("SymPy, adjugate and all covariances", adjugate + product);
  line("SymPy, (I - L).adjugate() alone", adjugate);
  line("SymPy, (I - L).inv() alone", inverse);
} else console.log("SymPy: not installed, or it took more than five minutes");
