import type { NdArray } from "ockham/array";
import {
  adamW,
  chain,
  clipByGlobalNorm,
  cosineSchedule,
  crossEntropy,
  fit,
  initLinear,
  initNorm,
  type Linear,
  lecunNormal,
  linear,
  type Norm,
  type Traced,
  warmUp,
} from "ockham/nn";
import { randomStream } from "ockham/random";
import { compile, concat, layerNorm, type Tensor, zeros } from "ockham/tensor";
import type { Labelled } from "./training.ts";

/** A layer of gated recurrent units: [width, 3 width] from input and state to reset, update and candidate. */
interface GruLayer {
  readonly input: Linear<NdArray>;
  readonly state: Linear<NdArray>;
  readonly norm: Norm<NdArray>;
}

interface GruNetwork {
  readonly encoder: Linear<NdArray>;
  readonly layers: readonly GruLayer[];
  readonly decoder: Linear<NdArray>;
}

/** A layer of width 30 has as many parameters as a state-space layer of 32 channels of order 32. */
const width = 30;

/** The recurrent baseline in the frame of the others: encoder, two layers with a residual and a norm, mean, decoder. */
export async function trainGru(
  train: Labelled,
  test: Labelled,
  options: { readonly seed: number; readonly epochs: number; readonly batchSize: number } & {
    readonly signal: AbortSignal;
    readonly onProgress: (event: { readonly done: number; readonly total: number }) => void;
  },
): Promise<{ readonly params: unknown; readonly accuracy: number }> {
  const { seed, epochs, batchSize, signal, onProgress } = options;
  const [n, , channels] = train.x.shape as [number, number, number];
  const classes = 1 + train.labels.reduce((a, b) => Math.max(a, b), 0);
  const stream = randomStream(seed, "gru");
  const init: GruNetwork = {
    encoder: initLinear(stream.split("encoder"), channels, width),
    layers: [0, 1].map((i) => ({
      input: initLinear(stream.split("input", i), width, 3 * width, { weight: lecunNormal }),
      state: initLinear(stream.split("state", i), width, 3 * width, { weight: lecunNormal }),
      norm: initNorm(width),
    })),
    decoder: initLinear(stream.split("decoder"), width, classes),
  };
  const steps = Math.round(epochs * Math.floor(n / batchSize));
  const warm = Math.floor(steps / 10);
  const labels = BigInt64Array.from(train.labels, BigInt);
  const { params } = await fit({
    params: init,
    data: { x: train.x, y: { dtype: "int64", shape: [n], data: labels } as NdArray },
    loss: (own, batch) => crossEntropy(logits(own, batch.x), batch.y),
    optimiser: chain(
      clipByGlobalNorm(1),
      adamW({ learningRate: warmUp(warm, cosineSchedule(0.005, 1e-4, steps - warm)), weightDecay: 0.05 }),
    ),
    ...{ batchSize, steps, seed, signal, onProgress },
  });
  const classify = compile((own: Traced<GruNetwork>, x: Tensor) => logits(own, x).argmax(-1).cast("int64"));
  let right = 0;
  const rows = 100;
  const size = test.x.data.length / test.labels.length;
  for (let start = 0; start < test.labels.length; start += rows) {
    const labelsOfPart = test.labels.subarray(start, start + rows);
    const data = (test.x.data as Float32Array).subarray(start * size, (start + labelsOfPart.length) * size);
    const shape = [labelsOfPart.length, ...test.x.shape.slice(1)];
    const found = await classify(params as never, { dtype: "float32", shape, data });
    right += labelsOfPart.reduce((sum, label, i) => sum + Number(Number(found.data[i]) === label), 0);
  }
  await classify.dispose();
  return { params, accuracy: right / test.labels.length };
}

function logits(params: Traced<GruNetwork>, x: Tensor): Tensor {
  let u = linear(params.encoder as Linear, x);
  for (const layer of params.layers)
    u = layerNorm(u.add(gru(layer as Traced<GruLayer>, u)), layer.norm as Norm);
  return linear(params.decoder as Linear, u.mean(1));
}

/**
 * States [n, length, width] from the inputs u of the same shape: h <- (1 - z) c + z h with the update gate z, the
 * reset gate r and the candidate c = tanh(W u + r (U h)). Cho et al., 2014, in the form with one product a step.
 */
function gru(layer: Traced<GruLayer>, u: Tensor): Tensor {
  const [n, length] = u.shape as [number, number, number];
  // Split, not sliced: the gradient of each slice would be as large as the whole.
  const inputs = linear(layer.input as Linear, u).split(length, 1);
  let h = zeros([n, width]);
  const states: Tensor[] = [];
  for (const input of inputs) {
    const [reset, update, candidate] = input.reshape([n, 3 * width]).split(3, -1) as [Tensor, Tensor, Tensor];
    const [fromReset, fromUpdate, past] = linear(layer.state as Linear, h).split(3, -1) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const z = update.add(fromUpdate).sigmoid();
    const c = candidate.add(reset.add(fromReset).sigmoid().mul(past)).tanh();
    h = c.add(z.mul(h.sub(c)));
    states.push(h.expandDims(1));
  }
  return concat(states, 1);
}
