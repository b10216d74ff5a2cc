// Speed of the readers. Usage: node --conditions=ockham-source bench/io.ts [millions of edges, default 10]
import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { zeros } from "ockham/array";
import {
  readEdgeList,
  readNpy,
  readParquetEdges,
  writeEdgeList,
  writeNpy,
  writeParquetEdges,
} from "ockham/io";
import { randomStream } from "ockham/random";

const edges = Math.round(Number(process.argv[2] ?? 10) * 1e6);
const nodes = 1_000_000;
const folder = mkdtempSync(join(tmpdir(), "ockham-bench-"));
const at = (name: string): string => join(folder, name);

async function timed(what: string, path: string, bar: string, action: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  await action();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const megabytes = statSync(path).size / 1e6;
  process.stdout.write(
    `${what.padEnd(44)} ${wall.toFixed(2).padStart(6)} s wall ${((user + system) / 1e6).toFixed(2).padStart(6)} s cpu ${megabytes.toFixed(0).padStart(5)} MB ${bar}\n`,
  );
}

try {
  const random = randomStream(1, "bench", "io");
  const ends = (): Int32Array => Int32Array.from({ length: edges }, () => random.integer(nodes));
  const graph = { source: ends(), target: ends() };
  const weights = Float64Array.from({ length: edges }, () => random.integer(10_000) / 100);
  const few = Math.round(edges / 10);
  const labelled = {
    source: graph.source.subarray(0, few),
    target: graph.target.subarray(0, few),
    ids: Array.from({ length: nodes }, (_, node) => `node-${node}`),
  };
  process.stdout.write(`${edges} edges between ${nodes} nodes; Node ${process.version}\n`);
  const text = at("edges.csv");
  await timed("write text", text, "", () => writeEdgeList(text, graph));
  await timed("read text, whole-number ids", text, "(bar: 6 s for 10 million)", () => readEdgeList(text));
  await pipeline(createReadStream(text), createGzip({ level: 1 }), createWriteStream(`${text}.gz`));
  await timed("read text, gzipped", `${text}.gz`, "", () => readEdgeList(`${text}.gz`));
  await writeEdgeList(at("weighted.csv"), { ...graph, weights });
  await timed("read text, weighted", at("weighted.csv"), "", () => readEdgeList(at("weighted.csv")));
  await writeEdgeList(at("labels.csv"), labelled);
  await timed(`read text, labels (${few} edges)`, at("labels.csv"), "", () => readEdgeList(at("labels.csv")));
  const parquet = at("edges.parquet");
  await writeParquetEdges(parquet, graph);
  await timed("read Parquet", parquet, "(bar: 2 s for 10 million)", () => readParquetEdges(parquet));
  const npy = at("matrix.npy");
  await writeNpy(npy, zeros([nodes, 128], "float32"));
  await timed("read .npy, 1,000,000 x 128 float32", npy, "", () => readNpy(npy));
  const script = `
import numpy as np, sys, time
for what, f in (('numpy.loadtxt of the text', lambda: np.loadtxt(sys.argv[1], dtype=np.int32, delimiter=',', skiprows=1)), ('numpy.load of the .npy', lambda: np.load(sys.argv[2]))):
    s = time.perf_counter(); c = time.process_time(); f()
    print(f'{"peer: " + what:44} {time.perf_counter() - s:6.2f} s wall {time.process_time() - c:6.2f} s cpu')
`;
  const peer = spawnSync("/usr/bin/python3", ["-c", script, text, npy], { encoding: "utf8" });
  process.stdout.write(peer.status === 0 ? peer.stdout : "peer: numpy is not installed\n");
  process.stdout.write(
    `peak memory of this process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
