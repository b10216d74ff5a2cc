import { type NdArray, zeros } from "ockham/array";
import { initTransformerBlock, type TransformerBlock, transformerBlock } from "ockham/nn";
import type { Figure, Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { initM2Block, type M2Block, m2Block, monarchApply } from "ockham/sequence";
import { compile, type Tensor, valueAndGrad } from "ockham/tensor";
import { randomMonarch } from "./exactness.ts";

const width = 128;
const lengths = [512, 1024, 2048, 4096, 8192];

interface Timing {
  readonly length: number;
  /** Seconds of a forward and a backward pass of one block over one sequence, and memory it left resident, MB. */
  readonly m2: { seconds: number; megabytes: number };
  readonly attention: { seconds: number; megabytes: number };
}

export interface Throughput {
  readonly at512: number;
  readonly at4096: number;
  readonly slopeM2: number;
  readonly slopeAttention: number;
  readonly memoryRatio: number;
  readonly denseRatio: number;
  readonly table: Table;
  readonly figure: Figure;
}

/** A block of the mixer and one of a transformer, forward and backward over one sequence, as it grows. */
export async function throughput(run: Run, from: number, to: number): Promise<Throughput> {
  const timings: Timing[] = [];
  for (const [i, length] of lengths.entries()) {
    run.progress(from + ((to - from) * i) / lengths.length, 1, `blocks at ${length}`);
    run.signal.throwIfAborted();
    const repeats = length <= 2048 ? 5 : 2;
    timings.push({
      length,
      m2: await timeM2(length, repeats),
      attention: await timeAttention(length, repeats),
    });
  }
  const at = (length: number): number => {
    const { m2, attention } = timings.find((timing) => timing.length === length)!;
    return attention.seconds / m2.seconds;
  };
  const last = timings.at(-1)!;
  const line = (name: string, value: (timing: Timing) => number) => ({
    ...{ name, mark: "line" as const, x: lengths, y: timings.map(value) },
  });
  return {
    at512: at(512),
    at4096: at(4096),
    slopeM2: slope(timings.map(({ m2 }) => m2.seconds)),
    slopeAttention: slope(timings.map(({ attention }) => attention.seconds)),
    memoryRatio: last.attention.megabytes / last.m2.megabytes,
    denseRatio: await denseRatio(),
    table: {
      id: "throughput",
      title: "One block of width 128 over one sequence, forward and backward",
      columns: [
        { name: "length" },
        { name: "M2", unit: "ms" },
        { name: "attention", unit: "ms" },
        { name: "attention / M2", unit: "x", digits: 3 },
        { name: "M2, memory", unit: "MB", digits: 3 },
        { name: "attention, memory", unit: "MB", digits: 3 },
      ],
      rows: timings.map(({ length, m2, attention }) => [
        ...[length, 1000 * m2.seconds, 1000 * attention.seconds, attention.seconds / m2.seconds],
        ...[m2.megabytes, attention.megabytes],
      ]),
    },
    figure: {
      id: "throughput",
      title: "Tokens per second as sequences grow, forward and backward",
      x: { label: "sequence length", scale: "log" },
      y: { label: "tokens per second", scale: "log" },
      series: [
        line("M2", ({ length, m2 }) => length / m2.seconds),
        line("attention", ({ length, attention }) => length / attention.seconds),
      ],
    },
  };
}

/** Least-squares slope of the logarithm of times against that of lengths. */
function slope(seconds: readonly number[]): number {
  const x = lengths.map(Math.log);
  const y = seconds.map(Math.log);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  return (
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0) /
    x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
  );
}

function normals(shape: readonly number[]): NdArray {
  const array = zeros(shape, "float32");
  randomStream(1, "inputs").fillNormal(array.data);
  return array;
}

function timeM2(length: number, repeats: number): Promise<{ seconds: number; megabytes: number }> {
  const step = compile((block: M2Block<Tensor>, u: Tensor) =>
    valueAndGrad((p: { block: M2Block<Tensor>; u: Tensor }) =>
      m2Block(p.block, p.u, { maxLength: length }).square().sum(),
    )({ block, u }),
  );
  const block = initM2Block(randomStream(1), width, { maxLength: length });
  return timed(step as never, block, length, repeats);
}

function timeAttention(length: number, repeats: number): Promise<{ seconds: number; megabytes: number }> {
  const step = compile((block: TransformerBlock<Tensor>, u: Tensor) =>
    valueAndGrad((p: { block: TransformerBlock<Tensor>; u: Tensor }) =>
      transformerBlock(p.block, p.u, { heads: 4, causal: true }).square().sum(),
    )({ block, u }),
  );
  return timed(step as never, initTransformerBlock(randomStream(1), width), length, repeats);
}

/** Best time of a step, and how much larger the process is after the first one. */
async function timed(
  step: ((block: unknown, u: NdArray) => Promise<unknown>) & { dispose(): Promise<void> },
  block: unknown,
  length: number,
  repeats: number,
): Promise<{ seconds: number; megabytes: number }> {
  const u = normals([1, length, width]);
  const before = process.memoryUsage().rss;
  await step(block, u);
  const megabytes = Math.max(1, (process.memoryUsage().rss - before) / 1e6);
  let seconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await step(block, u);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  await step.dispose();
  return { seconds, megabytes };
}

/** A dense product of 4096 numbers over one by blocks of 64, for 64 vectors at once. */
async function denseRatio(): Promise<number> {
  const exact = randomMonarch([64, 64]);
  const factors = exact.factors.map(({ shape, data }) => ({
    dtype: "float32" as const,
    shape,
    data: Float32Array.from(data),
  }));
  const x = normals([64, 4096]);
  const full = normals([4096, 4096]);
  const blocks = compile((r: Tensor, l: Tensor, own: Tensor) =>
    monarchApply({ sizes: exact.sizes, factors: [l, r] }, own),
  );
  const dense = compile((w: Tensor, own: Tensor) => own.matmul(w));
  const best = async (call: () => Promise<unknown>): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 8; i++) {
      const start = performance.now();
      await call();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const own = await best(() => blocks(factors[1]!, factors[0]!, x));
  const other = await best(() => dense(full, x));
  await blocks.dispose();
  await dense.dispose();
  return other / own;
}
