// PowerWalk's index of one graph on threads and on the workers of a Redis server, all on this machine: what the
// way through the server costs. Usage: node --conditions=ockham-source bench/cluster.ts (needs redis-server)
import { deepStrictEqual } from "node:assert";
import Table from "cli-table3";
import { buildFingerprints, type FingerprintIndex, rmat } from "ockham/graph";
import { type Pool, redisPool, threadPool } from "ockham/parallel";
import { WorkerProcess } from "../test/support/cluster-worker.ts";
import { RedisServer } from "../test/support/redis-server.ts";

const graph = rmat(16, 500_000, { seed: 1 });
const walks = 100;
const table = new Table({ head: ["pool", "seconds"], style: { head: [], border: [] } });
let expected: FingerprintIndex | undefined;

async function measure(name: string, pool: Pool): Promise<void> {
  try {
    // Starts the threads and compiles.
    await buildFingerprints(graph, { walks: 1, pool });
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const started = performance.now();
      const index = await buildFingerprints(graph, { walks, pool });
      least = Math.min(least, (performance.now() - started) / 1000);
      expected ??= index;
      deepStrictEqual(index, expected);
    }
    table.push([name, least.toFixed(2)]);
  } finally {
    await pool.close();
  }
}

for (const threads of [1, 2]) await measure(`threads: ${threads}`, threadPool({ threads }));
const server = await RedisServer.start();
const workers: WorkerProcess[] = [];
try {
  for (const count of [1, 2]) {
    workers.push(await WorkerProcess.ockham(server.url));
    await measure(`Redis workers: ${count}`, await redisPool({ url: server.url }));
  }
} finally {
  await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
  await server.remove();
}
console.log(
  `${graph.nodes} vertices, ${graph.report.edges} edges, ${walks} walks each: least of 3\n${table.toString()}`,
);
