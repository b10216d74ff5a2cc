// Compiled tensor functions beside PyTorch, jax-js and tfjs, interleaved in one run, two threads each.
// Usage: npm run bench:tensor [-- work... | memory] [--rounds n] [--steps n] [--dump folder]
// Peers that are not installed are left out, with a line that says how to get them.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { backend } from "ockham/tensor";
import { pythonWith, WorkPeer } from "./support/peer.ts";
import { convnet, messages, mlp, recurrence, scalar, transformer, type Work } from "./tensor-works.ts";

interface Row {
  readonly build: () => Promise<Work>;
  /** The name under which peers know the work, and the bars for our time over theirs. */
  readonly peers: Readonly<Record<string, { readonly work: string; readonly bar?: number }>>;
  readonly repeats: number;
  /** Bars in milliseconds. */
  readonly own?: number;
  readonly compile?: number;
}

const rows: Readonly<Record<string, Row>> = {
  mlp: {
    build: mlp,
    peers: {
      torch: { work: "mlp", bar: 0.75 },
      "jax-js": { work: "mlp", bar: 0.2 },
      tfjs: { work: "mlp", bar: 0.2 },
    },
    repeats: 40,
    compile: 150,
  },
  transformer: {
    build: transformer,
    peers: { torch: { work: "transformer", bar: 0.6 } },
    repeats: 3,
    compile: 3000,
  },
  convnet: { build: convnet, peers: { torch: { work: "convnet", bar: 1.1 } }, repeats: 5 },
  messages: { build: messages, peers: { torch: { work: "messages", bar: 1 } }, repeats: 4 },
  "messages scattered": {
    build: () => messages(false),
    peers: { torch: { work: "messages" } },
    repeats: 4,
  },
  recurrence: { build: recurrence, peers: { torch: { work: "recurrence", bar: 0.3 } }, repeats: 10 },
  "scalar call": { build: scalar, peers: {}, repeats: 2000, own: 0.03 },
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    dump: { type: "string" },
    steps: { type: "string", default: "20000" },
  },
});
const rounds = Number(options.rounds);
/** Longest time of one side in one round. */
const roundMilliseconds = 1000;
const path = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

const fromNpm = "`npm install --prefix bench/peers` helps";
const peers = new Map<string, WorkPeer>();
for (const [name, command, file, remedy] of [
  ["torch", pythonWith("torch"), "torch_peer.py", "`apt install python3-torch` or `pip install torch` helps"],
  ["jax-js", process.execPath, "jaxjs_peer.mjs", fromNpm],
  ["tfjs", process.execPath, "tfjs_peer.mjs", fromNpm],
] as const) {
  const peer = command === undefined ? undefined : await WorkPeer.start(command, path(file));
  if (peer === undefined) process.stderr.write(`${name} is not installed and left out; ${remedy}\n`);
  else peers.set(name, peer);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const verdict = (value: number, bar: number | undefined): string =>
  bar === undefined ? "" : `${value <= bar ? "meets" : "MISSES"} <= ${bar}`;

const table = new Table({
  head: ["work", "ours ms", "peer", "peer ms", "ratio of medians", "of minima", "bar"],
  style: { head: [], border: [] },
});
const compiles = new Table({ head: ["work", "first call ms", "bar"], style: { head: [], border: [] } });

for (const [name, row] of Object.entries(rows)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const work = await row.build();
  if (options.dump !== undefined) {
    mkdirSync(options.dump, { recursive: true });
    writeFileSync(join(options.dump, `${name.replace(" ", "-")}.onnx`), work.model());
  }
  for (let i = 0; i < 3; i++) await work.run();
  // Slow works, or a busy machine: fewer repeats, so that a round takes seconds.
  const within = (milliseconds: number) =>
    Math.min(row.repeats, Math.max(1, Math.floor(roundMilliseconds / milliseconds)));
  const start = performance.now();
  await work.run();
  const repeats = within(performance.now() - start);
  const asked = new Map<string, number>();
  const ours: number[] = [];
  const theirs = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [peerName, { work: name }] of Object.entries(row.peers)) {
      const peer = peers.get(peerName);
      if (peer === undefined) continue;
      // Let our own threads go to sleep first.
      await pause(50);
      if (!asked.has(peerName)) asked.set(peerName, within(median(await peer.time(name, 1))));
      const times = await peer.time(name, asked.get(peerName)!);
      theirs.set(peerName, [...(theirs.get(peerName) ?? []), ...times]);
    }
    for (let i = 0; i < repeats; i++) {
      const from = performance.now();
      await work.run();
      ours.push(performance.now() - from);
    }
  }
  const own = median(ours);
  if (theirs.size === 0) table.push([name, own.toFixed(4), "", "", "", "", verdict(own, row.own)]);
  for (const [peerName, times] of theirs) {
    const ratio = own / median(times);
    process.stderr.write(`${name}: ${own.toFixed(2)} ms, ${peerName} ${median(times).toFixed(2)} ms\n`);
    table.push([
      name,
      own.toFixed(2),
      peers.get(peerName)!.name,
      median(times).toFixed(2),
      ratio.toFixed(3),
      (Math.min(...ours) / Math.min(...times)).toFixed(3),
      verdict(ratio, row.peers[peerName]!.bar),
    ]);
  }
  compiles.push([name, work.compileMs.toFixed(0), verdict(work.compileMs, row.compile)]);
}
for (const peer of peers.values()) peer.stop();

const { name: library, version } = await backend();
process.stdout.write(
  `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads; Node ${process.version}; ${library} ${version}\n` +
    `${table.toString()}\n${compiles.toString()}\n`,
);

const steps = Number(options.steps);
if (steps > 0 && (positionals.length === 0 || positionals.includes("memory"))) {
  const { run } = await mlp();
  const resident: number[] = [];
  for (let step = 1; step <= steps; step++) {
    await run();
    if (step === 500 || (step > 500 && step % 500 === 0)) resident.push(process.memoryUsage().rss / 2 ** 20);
  }
  const growth = Math.max(...resident) / resident[0]! - 1;
  process.stdout.write(
    `memory over ${steps} steps of mlp: ${resident[0]!.toFixed(0)} MiB after 500, at most ` +
      `${Math.max(...resident).toFixed(0)} MiB (+${(100 * growth).toFixed(1)} %, ${verdict(growth, 0.05)})\n`,
  );
}
