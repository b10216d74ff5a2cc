import { execFile } from "node:child_process";
import type { LongCallOptions } from "ockham";
import type { Measurement } from "ockham/paper";
import { SequenceSolver } from "ockham/pde";
import type { Table } from "ockham/report";
import { systemsOf } from "./families.ts";

/** The first Python with SciPy, or undefined. */
async function pythonWithScipy(): Promise<string | undefined> {
  for (const python of ["/usr/bin/python3", "python3"]) {
    const found = await new Promise<boolean>((resolve) =>
      execFile(python, ["-c", "import scipy.sparse.linalg"], (error) => resolve(error === null)),
    );
    if (found) return python;
  }
  return undefined;
}

const program = `
import inspect, json, sys, time
import numpy as np, scipy.sparse as sp, scipy.sparse.linalg as la
data = json.load(sys.stdin)
# The name of the option changed in SciPy 1.12.
limit = {"rtol" if "rtol" in inspect.signature(la.gmres).parameters else "tol": 1e-8, "atol": 0}
def solve(method):
    products, seconds, worst, CU = [], [], 0.0, []
    for s in data["systems"]:
        A = sp.csr_matrix((s["data"], s["indices"], s["indptr"]), shape=(s["n"], s["n"]))
        b = np.ones(s["n"])
        count = [0]
        def apply(x):
            count[0] += 1
            return A @ x
        op = la.LinearOperator(A.shape, matvec=apply, dtype=float)
        start = time.perf_counter()
        if method == "gmres": x, info = la.gmres(op, b, **limit, restart=40, maxiter=250)
        else: x, info = la.gcrotmk(op, b, **limit, m=20, k=20, maxiter=500, CU=CU, discard_C=True)
        seconds.append(time.perf_counter() - start)
        products.append(count[0])
        worst = max(worst, float(np.linalg.norm(b - A @ x) / np.linalg.norm(b)))
    return {"products": sum(products) / len(products), "seconds": sum(seconds) / len(seconds), "worst": worst}
json.dump({m: solve(m) for m in ["gmres", "gcrotmk"]}, sys.stdout)
`;

interface Peer {
  /** Mean products with A a system, and time in seconds. */
  readonly products: number;
  readonly seconds: number;
  readonly worst: number;
}

const count = 6;
const rounds = 3;
const n = 100;

/** The same systems here and in SciPy: GMRES(40), and GCRO-DR(40, 20) against GCROT(20, 20) with carried vectors. */
export async function scipyStudy(
  call: Pick<LongCallOptions, "signal" | "onProgress">,
): Promise<{ readonly time: Measurement; readonly tables: readonly Table[] }> {
  const python = await pythonWithScipy();
  if (python === undefined) return { time: { skipped: "no Python with SciPy is installed" }, tables: [] };
  const systems = systemsOf("grf", 0, count, n);
  const exported = systems.map(({ A }) => ({
    n: A.rows,
    indptr: Array.from(A.indptr),
    indices: Array.from(A.indices),
    data: Array.from(A.data),
  }));
  const peers: Record<string, Peer> = {};
  // In turns, and the fastest round of each counts: other work on the machine slows both sides.
  const keep = (name: string, peer: Peer): void => {
    const best = peers[name];
    if (best === undefined || peer.seconds < best.seconds) peers[name] = peer;
  };
  for (let round = 0; round < rounds; round++) {
    for (const solver of ["gmres", "gcrodr"] as const) {
      const sequence = new SequenceSolver({ solver });
      let [products, seconds, worst] = [0, 0, 0];
      for (const { A, b } of systems) {
        const solved = sequence.solve(A, b);
        products += solved.matvecs / count;
        seconds += solved.seconds / count;
        worst = Math.max(worst, solved.relResidual);
        await new Promise((resolve) => setTimeout(resolve));
        call.signal?.throwIfAborted();
      }
      keep(solver, { products, seconds, worst });
    }
    const theirs = await askScipy(python, exported, call.signal);
    keep("scipy gmres", theirs.gmres);
    keep("scipy gcrotmk", theirs.gcrotmk);
    call.onProgress?.({ done: round + 1, total: rounds });
  }
  const row = (name: string, { products, seconds, worst }: Peer) => [
    name,
    products,
    1000 * seconds,
    (1e6 * seconds) / products,
    worst,
  ];
  const perProduct = ({ products, seconds }: Peer) => seconds / products;
  return {
    time: perProduct(peers.gcrodr!) / perProduct(peers["scipy gcrotmk"]!),
    tables: [
      {
        id: "scipy",
        title: `Beside SciPy: log-normal K, ${n} x ${n}, ${count} systems, no preconditioner, 1e-8`,
        columns: [
          { name: "method" },
          { name: "products with A" },
          { name: "time a system", unit: "ms", digits: 3 },
          { name: "time a product", unit: "µs", digits: 3 },
          { name: "worst residual", digits: 2 },
        ],
        rows: [
          row("GMRES(40)", peers.gmres!),
          row("scipy gmres(restart=40)", peers["scipy gmres"]!),
          row("GCRO-DR(40, 20), recycled", peers.gcrodr!),
          row("scipy gcrotmk(m=20, k=20), carried", peers["scipy gcrotmk"]!),
        ],
      },
    ],
  };
}

function askScipy(
  python: string,
  systems: readonly object[],
  signal: AbortSignal | undefined,
): Promise<Record<"gmres" | "gcrotmk", Peer>> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      python,
      ["-c", program],
      { maxBuffer: 2 ** 26, ...(signal === undefined ? {} : { signal }) },
      (error, stdout) => {
        if (error !== null) reject(error);
        else resolve(JSON.parse(stdout) as Record<"gmres" | "gcrotmk", Peer>);
      },
    );
    child.stdin!.end(JSON.stringify({ systems }));
  });
}
