// The products of FastRP and the whole of it, against scipy and scikit-learn on the same matrices in the same run.
// Usage: node --conditions=ockham-source bench/fastrp.ts [--json]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { zeros } from "ockham/array";
import { barabasiAlbert, fastRP, type Graph, graphFromEdges, rmat } from "ockham/graph";
import { threadPool } from "ockham/parallel";
import { randomStream } from "ockham/random";
import { multiplyDenseRows, rowSums, scaleRows } from "ockham/sparse";
import { PythonPeer } from "./support/peer.ts";

const dim = 128;
const rounds = 7;
const weights = [0, 1, 4, 4];

/** FastRP as someone with scikit-learn would write it: default options of this library. */
const pipeline = `
import numpy as np, scipy.sparse as sp
from sklearn.random_projection import SparseRandomProjection
def fast_rp(A):
    d = np.asarray(A.sum(axis=1)).ravel()
    inverse = np.divide(1, d, out=np.zeros_like(d), where=d > 0)
    P = sp.diags(inverse) @ A
    scale = np.sqrt(inverse * d.sum())
    R = SparseRandomProjection(n_components=${dim}, density=1 / np.sqrt(A.shape[0]), random_state=0)
    R.fit(sp.csr_matrix((1, A.shape[0])))
    U = (P @ (sp.diags(scale) @ R.components_.T.tocsr().astype(np.float32))).toarray().astype(np.float32)
    P = P.astype(np.float32).tocsr()
    Z = np.zeros_like(U)
    for k, weight in enumerate(${JSON.stringify(weights)}):
        if k > 0: U = P @ U
        if weight != 0:
            norms = np.linalg.norm(U, axis=1, keepdims=True)
            Z += weight * np.divide(U, norms, out=np.zeros_like(U), where=norms > 0)
    deviation = Z.std(axis=0)
    return (Z - Z.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
def load(folder, n):
    part = lambda name, dtype: np.fromfile(folder + "/" + name, dtype)
    A = sp.csr_matrix((part("data", np.float64), part("indices", np.int32), part("indptr", np.int32)), shape=(n, n))
    P = sp.csr_matrix((part("walk", np.float32), A.indices, A.indptr), shape=(n, n))
    return A, P, part("block", np.float32).reshape(n, ${dim})
`;

async function wordNet(): Promise<Graph | undefined> {
  const { DatasetUnavailableError, loadWordNet } = await import("ockham/data");
  try {
    const { nodes, source, target } = await loadWordNet();
    return graphFromEdges({ sources: source, targets: target }, { nodes });
  } catch (error) {
    if (error instanceof DatasetUnavailableError) return undefined;
    throw error;
  }
}

const graphs: Record<string, Graph | undefined> = {
  WordNet: await wordNet(),
  "Barabasi-Albert, 1,000,000 edges": barabasiAlbert(100_010, 10),
  "R-MAT, scale 17": rmat(17, 1_000_000),
};

interface Row {
  readonly graph: string;
  readonly entries: number;
  /** One product on one thread: billions of floating-point operations a second. */
  readonly product: number;
  readonly scipyProduct: number | null;
  readonly embeddingSeconds: number;
  readonly pooledSeconds: number;
  readonly sklearnSeconds: number | null;
}

const python = PythonPeer.start();
const pool = threadPool();
const rows: Row[] = [];
try {
  await python?.setup(pipeline);
  for (const [name, graph] of Object.entries(graphs)) {
    if (graph === undefined) {
      process.stderr.write(`${name}: skipped, the data set cannot be reached\n`);
      continue;
    }
    process.stderr.write(`${name}\n`);
    rows.push(await race(name, graph));
  }
} finally {
  python?.stop();
  await pool.close();
}
report();

/** Takes turns, so that both sides see the same load; the best time of each counts. */
async function race(name: string, graph: Graph): Promise<Row> {
  const { nodes, adjacency } = graph;
  const entries = adjacency.indices.length;
  const scaled = scaleRows(
    adjacency,
    rowSums(adjacency).map((sum) => (sum > 0 ? 1 / sum : 0)),
  );
  const walk = { ...scaled, data: Float32Array.from(scaled.data) };
  const block = randomStream(0, "bench").fillNormal(new Float32Array(nodes * dim));
  const out = zeros([nodes, dim], "float32").data;
  const folder = mkdtempSync(join(tmpdir(), "ockham-bench-"));
  try {
    if (python !== undefined) {
      const files = {
        data: adjacency.data,
        indices: adjacency.indices,
        indptr: adjacency.indptr,
        walk: walk.data,
        block,
      };
      for (const [file, data] of Object.entries(files)) writeFileSync(join(folder, file), data);
      await python.setup(`A, P, X = load(${JSON.stringify(folder)}, ${nodes})`);
    }
    const best = {
      product: Infinity,
      peerProduct: Infinity,
      embedding: Infinity,
      pooled: Infinity,
      peer: Infinity,
    };
    for (let round = 0; round < rounds; round++) {
      best.product = Math.min(
        best.product,
        await timed(() => multiplyDenseRows(walk, block, out, dim, 0, nodes)),
      );
      if (python !== undefined) best.peerProduct = Math.min(best.peerProduct, await python.time("P @ X", 1));
      best.embedding = Math.min(best.embedding, await timed(() => fastRP(graph, { dim, weights })));
      best.pooled = Math.min(best.pooled, await timed(() => fastRP(graph, { dim, weights, pool })));
      if (python !== undefined) best.peer = Math.min(best.peer, await python.time("fast_rp(A)", 1));
    }
    const gigaflops = (milliseconds: number): number => (2 * entries * dim) / milliseconds / 1e6;
    return {
      graph: name,
      entries,
      product: gigaflops(best.product),
      scipyProduct: python === undefined ? null : gigaflops(best.peerProduct),
      embeddingSeconds: best.embedding / 1000,
      pooledSeconds: best.pooled / 1000,
      sklearnSeconds: python === undefined ? null : best.peer / 1000,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function report(): void {
  const environment = {
    node: process.version,
    cpu: `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads`,
    peer:
      python === undefined
        ? "none: install python3-scipy and python3-sklearn to compare"
        : "scipy, scikit-learn",
  };
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ environment, dim, weights, rows }, undefined, 2)}\n`);
    return;
  }
  const ratio = (own: number, peer: number | null): string =>
    peer === null ? "" : `${(own / peer).toFixed(2)}x`;
  const table = new Table({
    head: [
      "graph",
      "entries",
      "product, GFLOP/s",
      "scipy",
      "ratio",
      "fastRP, s",
      `${pool.size} workers`,
      "scikit-learn, s",
      "speed-up",
    ],
    style: { head: [], border: [] },
  });
  for (const row of rows)
    table.push([
      row.graph,
      row.entries,
      row.product.toFixed(2),
      row.scipyProduct?.toFixed(2) ?? "",
      ratio(row.product, row.scipyProduct),
      row.embeddingSeconds.toFixed(3),
      row.pooledSeconds.toFixed(3),
      row.sklearnSeconds?.toFixed(3) ?? "",
      row.sklearnSeconds === null ? "" : ratio(row.sklearnSeconds, row.embeddingSeconds),
    ]);
  process.stdout.write(
    `${table.toString()}\n${environment.cpu}, Node ${environment.node}; ${environment.peer}\n`,
  );
}
