// A worker that runs the tasks of test/fixtures/tasks.ts. Usage: cluster-worker.ts <url> [threads] [max bytes]
import { runWorker } from "ockham/parallel";

const [url, threads = "1", maxBytes] = process.argv.slice(2);
const load = () => import("../fixtures/tasks.ts");
const names = ["square", "sums", "busy", "fails", "patient", "where", "blas-threads", "mix"];
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
await runWorker({
  url: url!,
  threads: Number(threads),
  ...(maxBytes !== undefined && { maxBytes: Number(maxBytes) }),
  tasks: Object.fromEntries(names.map((name) => [`fixture/${name}`, load])),
  signal: stop.signal,
  onLog: (line) => process.stderr.write(`${line}\n`),
});
