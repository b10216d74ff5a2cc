// Ways of a long convolution, forward and backward, on the same inputs in the same run, in milliseconds of processor time.
// Usage: node --conditions=ockham-source bench/sequence.ts [--json]
import Table from "cli-table3";
import { type NdArray, zeros } from "ockham/array";
import { randomStream } from "ockham/random";
import { longConvolution } from "ockham/sequence";
import { compile, type Tensor, valueAndGrad } from "ockham/tensor";

const methods = ["toeplitz", "monarch", "fft"] as const;
const rounds = 5;

function normals(shape: readonly number[]): NdArray {
  const array = zeros(shape, "float32");
  randomStream(1).fillNormal(array.data);
  return array;
}

async function time(method: (typeof methods)[number], x: NdArray, kernel: NdArray): Promise<number> {
  const step = compile(
    (a: Tensor, b: Tensor) =>
      valueAndGrad((p: { a: Tensor; b: Tensor }) => longConvolution(p.a, p.b, { method }).square().sum())({
        a,
        b,
      }),
    { threads: 1 },
  );
  await step(x, kernel);
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) await step(x, kernel);
  const { user, system } = process.cpuUsage(before);
  await step.dispose();
  return (user + system) / 1000 / rounds;
}

const rows: { batch: number; channels: number; length: number; milliseconds: Record<string, number> }[] = [];
for (const [batch, channels, length] of [
  [50, 32, 64],
  [50, 32, 196],
  [16, 128, 256],
  [8, 64, 784],
  [2, 128, 4096],
] as const) {
  const [x, kernel] = [normals([batch, channels, length]), normals([channels, length])];
  const milliseconds: Record<string, number> = {};
  // Toeplitz matrices of longer sequences would take gigabytes.
  for (const method of methods)
    if (method !== "toeplitz" || length <= 1024) milliseconds[method] = await time(method, x, kernel);
  rows.push({ batch, channels, length, milliseconds });
}

if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
else {
  const table = new Table({ head: ["batch", "channels", "length", ...methods] });
  for (const { batch, channels, length, milliseconds } of rows)
    table.push([
      batch,
      channels,
      length,
      ...methods.map((method) => milliseconds[method]?.toFixed(1) ?? "-"),
    ]);
  process.stdout.write(`${table.toString()}\n`);
}
