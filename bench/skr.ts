// Recycling, restarted GMRES and over-relaxation beside SciPy, at 10,000 unknowns.
// Usage: node --conditions=ockham-source bench/skr.ts [--json]
import { availableParallelism, cpus } from "node:os";
import Table from "cli-table3";
import type { Matrix } from "ockham/array";
import { setBlasThreads } from "ockham/linalg";
import { darcyLapK, logNormalField, omegaGrid, SequenceSolver, tsallisInf } from "ockham/pde";
import { randomStream } from "ockham/random";
import { gcrodr, gmres, poissonFd, sor } from "ockham/sparse";
import { PythonPeer } from "./support/peer.ts";
import { type Race, run } from "./support/race.ts";

const n = 100;
const unknowns = n * n;
const steps = 100;
const sweeps = 10;

const A = darcyLapK(logNormalField(randomStream(0, "bench", 0), n));
const b = new Float64Array(unknowns).fill(1);
const grid = poissonFd(2, n, { scaled: false });

// The space that a first system leaves behind.
const sequence = new SequenceSolver();
sequence.solve(darcyLapK(logNormalField(randomStream(0, "bench", 1), n)), b);
const recycle = sequence.space!;
// SciPy computes with as many threads as it likes; kernels of this size gain nothing from more than one.
setBlasThreads(1);

const column = (values: ArrayLike<number>): Matrix => ({
  dtype: "float64",
  shape: [values.length, 1],
  data: Float64Array.from(values),
});
const setup = `
import inspect, scipy.sparse as sp, scipy.sparse.linalg as la
limit = {"rtol" if "rtol" in inspect.signature(la.gmres).parameters else "tol": 0, "atol": 0}
def csr(name):
    part = lambda p: globals()[name + p].ravel()
    return sp.csr_matrix((part("_data"), part("_indices").astype("i4"), part("_indptr").astype("i4")), shape=(${unknowns}, ${unknowns}))
A, G = csr("A"), csr("G")
b = np.ones(${unknowns})
lower = (sp.tril(G, -1) + sp.diags(G.diagonal()) / 1.5).tocsr()
Y = [(None, u.copy()) for u in recycled]
def relax():
    x = np.zeros(${unknowns})
    for _ in range(${sweeps}): x += la.spsolve_triangular(lower, b - G @ x)
`;
const inputs = {
  A_data: column(A.data),
  A_indices: column(A.indices),
  A_indptr: column(A.indptr),
  G_data: column(grid.data),
  G_indices: column(grid.indices),
  G_indptr: column(grid.indptr),
  recycled: {
    dtype: "float64",
    shape: [recycle.k, unknowns],
    data: recycle.vectors,
  },
} as const satisfies Readonly<Record<string, Matrix>>;

const learner = tsallisInf(omegaGrid());
const races: readonly Race[] = [
  {
    name: `gcrodr(40, 20), ${steps} steps on a carried space; gcrotmk(20, 20)`,
    bar: 1.5,
    inputs,
    setup,
    ours: () => gcrodr(A, b, { recycle, maxIterations: steps, tol: 0 }),
    peer: `la.gcrotmk(A, b, **limit, m=20, k=20, maxiter=${steps / 20}, CU=list(Y), discard_C=True)`,
  },
  {
    name: `gmres(40), ${steps + 20} steps`,
    ours: () => gmres(A, b, { maxIterations: steps + 20, tol: 0 }),
    peer: `la.gmres(A, b, **limit, restart=40, maxiter=${(steps + 20) / 40})`,
  },
  {
    name: `sor, ${sweeps} sweeps; a loop of spsolve_triangular`,
    bar: 0.2,
    ours: () => sor(grid, b, { omega: 1.5, maxIterations: sweeps, tol: 0 }),
    peer: "relax()",
  },
  {
    name: "one round of Tsallis-INF",
    ours: () => {
      learner.predict();
      learner.update(100);
    },
  },
];

const python = PythonPeer.start();
const outcomes = [];
try {
  for (const race of races) outcomes.push(await run(race, python));
} finally {
  python?.stop();
}
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(outcomes, undefined, 2)}\n`);
else {
  const table = new Table({
    head: ["work", "ours, ms", "scipy, ms", "ratio", "bar", ""],
    style: { head: [], border: [] },
  });
  for (const { name, ours, peer, ratio, bar, pass } of outcomes)
    table.push([
      name,
      ours.toFixed(3),
      peer?.toFixed(3) ?? "",
      ratio?.toFixed(2) ?? "",
      bar === undefined ? "" : `<= ${bar}`,
      pass === undefined ? "" : pass ? "met" : "MISSED",
    ]);
  process.stdout.write(
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads, node ${process.version}\n${table.toString()}\n`,
  );
}
process.exitCode = outcomes.some(({ pass }) => pass === false) ? 1 : 0;
