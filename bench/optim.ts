// Separators, equilibria and block coordinate descent against numpy, scipy and scikit-learn on the same data in the
// same run. Usage: node --conditions=ockham-source bench/optim.ts
import { type Matrix, ndArray } from "ockham/array";
import {
  fitSeparator,
  halpernVr,
  labelPropagation,
  leastSquares,
  matrixGame,
  minimizeBcd,
} from "ockham/optim";
import { randomStream } from "ockham/random";
import { csrFromDense } from "ockham/sparse";
import { lattice, sparseDesign } from "../papers/greedy-bcd/problems.ts";
import { policemanBurglar } from "../papers/vr-halpern/problems.ts";
import { PythonPeer } from "./support/peer.ts";

const peer = PythonPeer.start();
if (peer === undefined) console.log("no Python with numpy and scipy: own times only");
await peer?.setup("import scipy.sparse as sp, scipy.sparse.linalg as sl");

async function fastest(run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

async function compare(name: string, ours: () => unknown, statement: string): Promise<void> {
  const own = await fastest(ours);
  let other = Number.POSITIVE_INFINITY;
  for (let round = 0; peer !== undefined && round < 3; round++)
    other = Math.min(other, await peer.time(statement, 1));
  const against =
    peer === undefined ? "" : `, peer ${other.toFixed(1)} ms, ratio ${(own / other).toFixed(2)}`;
  console.log(`${name}: ${own.toFixed(1)} ms${against}`);
}

/** Random points, labelled by a hidden direction. */
const stream = randomStream(1);
const [n, d] = [5000, 784];
const x = ndArray("float64", [n, d], stream.fillNormal(new Float64Array(n * d)));
const hidden = stream.fillNormal(new Float64Array(d));
const y = Float64Array.from({ length: n }, (_, i) => {
  let side = 0;
  for (let j = 0; j < d; j++) side += x.data[i * d + j]! * hidden[j]!;
  return side > 0 ? 1 : -1;
});
const column = (values: Float64Array): Matrix => ndArray("float64", [values.length, 1], values);
await peer?.load("X", x);
await peer?.load("y", column(y));
await peer?.setup(`
y = y.ravel()
from sklearn.linear_model import Perceptron, SGDClassifier, Lasso
def steps(X, k):
    theta = np.zeros(X.shape[1])
    for _ in range(k):
        s = 1 / (1 + np.exp(np.clip(y * (X @ theta), -500, 500)))
        theta += 100 * (X.T @ (s * y)) / s.sum()
    return theta
`);
const steps = { maxIterations: 20 };
await compare(
  "20 steps of normalised descent, dense 5000 x 784",
  () => fitSeparator(x, y, steps),
  "steps(X, 20)",
);
const thinned = csrFromDense({ ...x, data: x.data.map((value) => (Math.abs(value) > 1.6 ? value : 0)) });
await peer?.setup("S = sp.csr_matrix(np.where(np.abs(X) > 1.6, X, 0))");
await compare("the same, 11 % of the entries", () => fitSeparator(thinned, y, steps), "steps(S, 20)");
for (const [name, statement] of [
  ["Perceptron", "Perceptron(fit_intercept=False, max_iter=1000, tol=None).fit(X, y)"],
  [
    "SGDClassifier",
    "SGDClassifier(loss='perceptron', fit_intercept=False, max_iter=1000, tol=1e-3).fit(X, y)",
  ],
] as const)
  await compare(
    `separation to the end, against ${name} of scikit-learn`,
    () => fitSeparator(x, y),
    statement,
  );

const game = policemanBurglar(500, 1);
await peer?.load("A", game);
await peer?.setup(`
def project(v):
    u = np.sort(v)[::-1]; c = np.cumsum(u) - 1
    k = np.nonzero(u * np.arange(1, len(v) + 1) > c)[0][-1]
    return np.maximum(v - c[k] / (k + 1), 0)
def halpern(A, iterations):
    n = len(A); rng = np.random.default_rng(0); b = int(np.ceil(np.sqrt(n)))
    F2 = (A * A).sum(); r = (A * A).sum(1) / F2; c = (A * A).sum(0) / F2
    eta = 5 / np.sqrt(F2); x = y = x0 = y0 = np.full(n, 1 / n)
    for k in range(iterations):
        p = 1 if k <= 1 else 4 / (k + 4) if k - 1 <= np.sqrt(n) else 4 / (np.sqrt(n) + 5)
        if rng.random() < p: gx, gy = A.T @ y, -(A @ x)
        else:
            i = rng.choice(n, b, p=r); j = rng.choice(n, b, p=c)
            gx = gx + A[i].T @ ((y - py)[i] / r[i]) / b; gy = gy - A[:, j] @ ((x - px)[j] / c[j]) / b
        px, py, l = x, y, 2 / (k + 4)
        x = project(l * x0 + (1 - l) * x - eta * gx); y = project(l * y0 + (1 - l) * y - eta * gy)
`);
const { f, g } = matrixGame(game);
const uniform = new Float64Array(1000).fill(1 / 500);
// About 0.3 epochs an iteration.
let iterations = 0;
const play = async () => {
  ({ iterations } = await halpernVr(f, g, uniform, {
    stepSize: 5 / f.lipschitz,
    tolerance: 0,
    maxEvaluations: 200 * f.n,
    residualEvery: 1_000_000,
  }));
};
await play();
await compare(`${iterations} iterations of algorithm 1, game of 500`, play, `halpern(A, ${iterations})`);

const { a, b } = sparseDesign(1000, 4000, 1);
await peer?.load("indptr", column(Float64Array.from(a.indptr)));
await peer?.load("indices", column(Float64Array.from(a.indices)));
await peer?.load("data", column(a.data));
await peer?.load("b", column(b));
await peer?.setup(`
M = sp.csc_matrix(sp.csr_matrix((data.ravel(), indices.ravel().astype(int), indptr.ravel().astype(int)), shape=(1000, 4000)))
b = b.ravel()
`);
await compare(
  "non-negative l1 least squares 1000 x 4000, against Lasso(selection='random')",
  () =>
    minimizeBcd(leastSquares(a, b, { l1: 20_000, nonnegative: true }), {
      partition: { kind: "variable", size: 400 },
      selection: "gsq",
      update: "two-metric",
      maxIterations: 100,
      tolerance: 1e-3,
    }),
  "Lasso(alpha=20, positive=True, fit_intercept=False, selection='random', tol=1e-6, max_iter=10000).fit(M, b)",
);

const { w, labels } = lattice(50, 100, 1);
const { problem } = labelPropagation(w, labels);
const { indptr, indices, data } = problem.graph!;
await peer?.load("indptr", column(Float64Array.from(indptr)));
await peer?.load("indices", column(Float64Array.from(indices)));
await peer?.load("data", column(data));
await peer?.setup(
  "L = sp.csc_matrix((data.ravel(), indices.ravel().astype(int), indptr.ravel().astype(int)), shape=(2400, 2400)); v = np.ones(2400)",
);
await compare(
  "60 greedy trees of a 50 x 50 lattice, against spsolve",
  () => minimizeBcd(problem, { selection: "tree-greedy", update: "message-passing", maxIterations: 60 }),
  "sl.spsolve(L, v)",
);
peer?.stop();
