// Least absolute deviations of 20,000 x 6 with heavy tails: a sample here, and all rows in scikit-learn.
// Usage: node --conditions=ockham-source bench/coreset.ts
import { lpRegression } from "ockham/optim";
import { threadPool } from "ockham/parallel";
import { heavyTail, matrixOf } from "../papers/lp-sensitivity/instances.ts";
import { PythonPeer } from "./support/peer.ts";

const { a, b } = heavyTail(20000, 6, 1);

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, performance.now() - started];
}

const [whole, wholeTime] = await timed(() => lpRegression(a, b, 1));
console.log(`all rows: ${wholeTime.toFixed(0)} ms, cost ${whole.cost.toFixed(2)}`);
const pool = threadPool();
for (const kind of ["lewis", "root-leverage", "sensitivity"] as const) {
  const [fit, time] = await timed(() => lpRegression(a, b, 1, { sample: { size: 1000, kind }, pool }));
  const extra = 100 * (fit.cost / whole.cost - 1);
  console.log(`${kind}, ${fit.rows!.length} rows: ${time.toFixed(0)} ms, ${extra.toFixed(3)} % more cost`);
}
await pool.close();

const python = PythonPeer.start();
if (python === undefined) console.log("no peer: install python3-scipy and python3-sklearn to compare");
else {
  await python.load("A", a);
  await python.load("b", matrixOf(1, b.length, b));
  await python.setup(
    "from sklearn.linear_model import QuantileRegressor\nb = b.ravel()\n" +
      "model = QuantileRegressor(quantile=0.5, alpha=0, fit_intercept=False, solver='highs')",
  );
  const time = await python.time("model.fit(A, b)", 1);
  console.log(`QuantileRegressor, all rows: ${time.toFixed(0)} ms`);
  python.stop();
}
