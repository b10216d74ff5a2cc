// The line protocol of the peers: `<work> <repeats>` in, milliseconds of each repeat out.
import { createInterface } from "node:readline";

export async function serve(name, works) {
  const ready = new Map();
  process.stdout.write(`${name}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [work, repeats] = line.split(" ");
    if (!ready.has(work)) {
      const run = await works[work]();
      for (let i = 0; i < 3; i++) await run();
      ready.set(work, run);
    }
    const times = [];
    for (let i = 0; i < Number(repeats); i++) {
      const start = performance.now();
      await ready.get(work)();
      times.push(performance.now() - start);
    }
    process.stdout.write(`${times.map((time) => time.toFixed(4)).join(" ")}\n`);
  }
}

/** Deterministic numbers in [-scale, scale): speed does not depend on them. */
export function wave(size, scale) {
  return Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * 12.9898 + 0.1));
}

export const sizes = [784, 256, 256, 10];
