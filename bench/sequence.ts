// Long convolutions, a state-space layer in training and the search for a perturbation against PyTorch and numpy, on one
// thread, by turns. Usage: node --conditions=ockham-source bench/sequence.ts
import { type NdArray, zeros } from "ockham/array";
import { initLinear, linear } from "ockham/nn";
import { randomStream } from "ockham/random";
import {
  hippoLegS,
  initS4Layer,
  longConvolution,
  perturbThenDiagonalize,
  s4Layer,
  stateModes,
} from "ockham/sequence";
import { compile, gelu, type Tensor, valueAndGrad } from "ockham/tensor";
import { pythonWith, WorkPeer } from "./support/peer.ts";

const python = pythonWith("torch", "numpy");
const peer =
  python === undefined
    ? undefined
    : await WorkPeer.start(python, new URL("peers/sequence_peer.py", import.meta.url).pathname);
console.log(peer === undefined ? "PyTorch is not installed: our times alone" : `beside ${peer.name}`);

function normals(shape: readonly number[]): NdArray {
  const array = zeros(shape, "float32");
  randomStream(1).fillNormal(array.data);
  return array;
}

interface Work {
  readonly run: () => Promise<unknown>;
  readonly dispose?: () => Promise<void>;
}

const alternatives = ["toeplitz", "monarch", "fft"] as const;

/** Forward and backward, by a method of `longConvolution`. */
function convolution(
  method: (typeof alternatives)[number] | undefined,
  batch: number,
  channels: number,
  length: number,
): Work {
  const [x, kernel] = [normals([batch, channels, length]), normals([channels, length])];
  const options = method === undefined ? {} : { method };
  const step = compile(
    (a: Tensor, b: Tensor) =>
      valueAndGrad((p: { a: Tensor; b: Tensor }) => longConvolution(p.a, p.b, options).square().sum())({
        a,
        b,
      }),
    { threads: 1 },
  );
  return { run: () => step(x, kernel), dispose: () => step.dispose() };
}

/** An S4 layer with GELU and a gated linear layer behind it, forward and backward. */
async function stateSpace(batch: number, channels: number, order: number, length: number): Promise<Work> {
  const stream = randomStream(1);
  const modes = await stateModes({ init: "s4d-legs", stateSize: order });
  const params = {
    layer: initS4Layer(stream.split("layer"), channels, modes),
    mix: initLinear(stream.split("mix"), channels, 2 * channels),
  };
  const u = normals([batch, length, channels]);
  const step = compile(
    (own: typeof params, x: Tensor) =>
      valueAndGrad((p: typeof params) => {
        const y = gelu(s4Layer(p.layer as never, x));
        const [values, gates] = linear(p.mix as never, y).split(2, -1) as [Tensor, Tensor];
        return values.mul(gates.sigmoid()).square().sum();
      })(own as never),
    { threads: 1 },
  );
  return { run: () => step(params as never, u), dispose: () => step.dispose() };
}

const rounds = 5;

async function compare(what: string, { run, dispose }: Work, name: string, bar: string): Promise<void> {
  await run();
  let [own, other] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // By turns, so that a busy machine slows both.
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await run();
    own = Math.min(own, performance.now() - started);
    if (peer !== undefined) other = Math.min(other, ...(await peer.time(name, 1)));
  }
  await dispose?.();
  const against =
    peer === undefined ? "" : `, peer ${other.toFixed(1)} ms, ratio ${(own / other).toFixed(2)}${bar}`;
  console.log(`${what}: ${own.toFixed(1)} ms${against}`);
}

// Toeplitz matrices of longer sequences would take gigabytes.
for (const [batch, channels, length] of [
  [50, 32, 64],
  [50, 32, 196],
  [16, 128, 256],
  [8, 64, 784],
  [2, 128, 4096],
] as const)
  for (const method of alternatives)
    if (method !== "toeplitz" || length <= 1024)
      await compare(
        `convolution [${batch}, ${channels}, ${length}] by ${method}`,
        convolution(method, batch, channels, length),
        `convolution:${batch}:${channels}:${length}`,
        "",
      );

await compare(
  "S4 layer in training, [32, 784, 64], order 32",
  await stateSpace(32, 64, 32, 784),
  "state-space:32:64:32:784",
  " (bar 1.3)",
);

const { a } = hippoLegS(64);
const steps = 60;
await compare(
  `${steps} steps of the search at order 64`,
  { run: () => perturbThenDiagonalize(a, { gamma: 0.3, steps }) },
  `eigenvalues:64:${steps}`,
  " (bar 1.5)",
);
peer?.stop();
