import { type DType, type NdArray, ndArray, zeros } from "ockham/array";
import { randomStream } from "ockham/random";
import {
  attention,
  compile,
  conv,
  gelu,
  layerNorm,
  type MessagePlan,
  mapTree,
  maxPool,
  messagePlan,
  propagate,
  scatterAdd,
  type Tensor,
  toOnnx,
  valueAndGrad,
} from "ockham/tensor";

/** One unit of work of the benchmark: a call that does it once, and what it was built from. */
export interface Work {
  readonly run: () => Promise<unknown>;
  /** Milliseconds from the first call to its result: tracing, building the session, one run. */
  readonly compileMs: number;
  /** The graph, for a profiler. */
  readonly model: () => Uint8Array;
}

type Params = Record<string, NdArray>;

let streams = 0;
export function normal(shape: readonly number[], deviation = 1): NdArray<"float32"> {
  const array = zeros(shape, "float32");
  const stream = randomStream(1, "bench", streams++);
  for (let i = 0; i < array.data.length; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - stream.uniform()));
    array.data[i] = deviation * radius * Math.cos(2 * Math.PI * stream.uniform());
  }
  return array;
}

export function integers(shape: readonly number[], below: number): NdArray<"int64"> {
  const array = zeros(shape, "int64");
  const stream = randomStream(1, "bench", streams++);
  for (let i = 0; i < array.data.length; i++) array.data[i] = BigInt(Math.floor(below * stream.uniform()));
  return array;
}

const constant = (shape: readonly number[], value: number): NdArray =>
  ndArray("float32", shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));

function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const picked = labels.oneHot(logits.shape.at(-1)!).mul(logits.logSoftmax());
  return picked.sum().mul(-1 / labels.size);
}

type Traced = Record<string, Tensor>;

interface AdamState<T> {
  readonly params: Record<string, T>;
  readonly m: Record<string, T>;
  readonly v: Record<string, T>;
  readonly t: T;
}

/**
 * One step of Adam (Kingma & Ba), with decoupled weight decay where it is not zero. The averages are kept as
 * plain discounted sums, without the factors 1 - beta: those join the scalars of the last line.
 */
function adam(state: AdamState<Tensor>, grads: Traced, rate: number, decay = 0): AdamState<Tensor> {
  const t = state.t.add(1);
  const m = mapTree((m: Tensor, g: Tensor) => m.mul(0.9).add(g), state.m, grads);
  const v = mapTree((v: Tensor, g: Tensor) => v.mul(0.999).add(g.mul(g)), state.v, grads);
  const left = (beta: number) => t.mul(Math.log(beta)).exp().neg().add(1);
  const root = left(0.999)
    .div(1 - 0.999)
    .sqrt();
  const factor = root.div(left(0.9).div(1 - 0.9)).mul(rate);
  const epsilon = root.mul(1e-8);
  const params = mapTree(
    (p: Tensor, m: Tensor, v: Tensor) => {
      const kept = decay === 0 ? p : p.mul(1 - rate * decay);
      return kept.sub(m.mul(factor).div(v.sqrt().add(epsilon)));
    },
    state.params,
    m,
    v,
  );
  return { params, m, v, t };
}

function adamState(params: Params): AdamState<NdArray> {
  const empty = () =>
    Object.fromEntries(
      Object.entries(params).map(([name, { shape }]) => [name, zeros(shape, "float32" as DType)]),
    );
  return { params, m: empty(), v: empty(), t: zeros([]) };
}

async function training(
  state: AdamState<NdArray>,
  data: readonly NdArray[],
  step: (
    state: AdamState<Tensor>,
    x: Tensor,
    y: Tensor,
  ) => { readonly loss: Tensor; readonly state: AdamState<Tensor> },
): Promise<Work> {
  const compiled = compile(step, { donate: ["state"], threads: 2 });
  let current = state;
  const run = async () => {
    const result = await compiled(current, data[0]!, data[1]!);
    current = result.state;
    return result.loss.data[0];
  };
  const model = () => toOnnx(compiled, [state, data[0]!, data[1]!]);
  return timed(run, model);
}

async function timed(run: Work["run"], model: Work["model"]): Promise<Work> {
  const start = performance.now();
  await run();
  return { run, compileMs: performance.now() - start, model };
}

export function mlp(): Promise<Work> {
  const sizes = [784, 256, 256, 10];
  const params: Params = {};
  for (let i = 0; i < 3; i++) {
    params[`w${i}`] = normal([sizes[i]!, sizes[i + 1]!], Math.sqrt(2 / sizes[i]!));
    params[`b${i}`] = constant([sizes[i + 1]!], 0);
  }
  const loss = (p: Traced, x: Tensor, y: Tensor): Tensor => {
    let h = x;
    for (let i = 0; i < 3; i++) {
      h = h.matmul(p[`w${i}`]!).add(p[`b${i}`]!);
      if (i < 2) h = h.relu();
    }
    return crossEntropy(h, y);
  };
  return training(adamState(params), [normal([128, 784]), integers([128], 10)], (state, x, y) => {
    const [value, grads] = valueAndGrad(loss)(state.params, x, y);
    return { loss: value, state: adam(state, grads, 1e-3) };
  });
}

export function transformer(): Promise<Work> {
  const [vocabulary, d, heads, layers, length, batch] = [96, 256, 8, 4, 128, 16];
  const params: Params = { embed: normal([vocabulary, d], 0.02), places: normal([length, d], 0.02) };
  const linear = (name: string, from: number, to: number) => {
    params[`${name}.w`] = normal([from, to], 0.02);
    params[`${name}.b`] = constant([to], 0);
  };
  const norm = (name: string) => {
    params[`${name}.scale`] = constant([d], 1);
    params[`${name}.bias`] = constant([d], 0);
  };
  for (let layer = 0; layer < layers; layer++) {
    norm(`${layer}.norm1`);
    norm(`${layer}.norm2`);
    linear(`${layer}.qkv`, d, 3 * d);
    linear(`${layer}.out`, d, d);
    linear(`${layer}.up`, d, 4 * d);
    linear(`${layer}.down`, 4 * d, d);
  }
  norm("norm");
  linear("head", d, vocabulary);
  const loss = (p: Traced, ids: Tensor, targets: Tensor): Tensor => {
    const apply = (name: string, x: Tensor) => x.matmul(p[`${name}.w`]!).add(p[`${name}.b`]!);
    const normed = (name: string, x: Tensor) =>
      layerNorm(x, { scale: p[`${name}.scale`]!, bias: p[`${name}.bias`]! });
    let x = p.embed!.gather(ids).add(p.places!);
    for (let layer = 0; layer < layers; layer++) {
      const [q, k, v] = apply(`${layer}.qkv`, normed(`${layer}.norm1`, x))
        .split(3, -1)
        .map((part) => part.reshape([batch, length, heads, d / heads]).transpose([0, 2, 1, 3])) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const mixed = attention(q, k, v, { causal: true }).transpose([0, 2, 1, 3]).reshape([batch, length, d]);
      x = x.add(apply(`${layer}.out`, mixed));
      x = x.add(apply(`${layer}.down`, gelu(apply(`${layer}.up`, normed(`${layer}.norm2`, x)))));
    }
    return crossEntropy(apply("head", normed("norm", x)), targets);
  };
  const data = [integers([batch, length], vocabulary), integers([batch, length], vocabulary)];
  return training(adamState(params), data, (state, ids, targets) => {
    const [value, grads] = valueAndGrad(loss)(state.params, ids, targets);
    return { loss: value, state: adam(state, grads, 1e-3, 0.01) };
  });
}

export async function convnet(): Promise<Work> {
  const params: Params = {
    w0: normal([32, 1, 3, 3], 0.3),
    b0: constant([32], 0),
    w1: normal([64, 32, 3, 3], 0.08),
    b1: constant([64], 0),
    w2: normal([128, 64, 3, 3], 0.06),
    b2: constant([128], 0),
    w3: normal([128 * 49, 10], 0.02),
    b3: constant([10], 0),
  };
  const loss = (p: Traced, x: Tensor, y: Tensor): Tensor => {
    const layer = (h: Tensor, i: number) => conv(h, p[`w${i}`]!, { padding: 1, bias: p[`b${i}`]! }).relu();
    const h = maxPool(layer(maxPool(layer(layer(x, 0), 1), 2), 2), 2);
    return crossEntropy(h.reshape([64, -1]).matmul(p.w3!).add(p.b3!), y);
  };
  const compiled = compile(
    (p: Traced, x: Tensor, y: Tensor) => {
      const [value, grads] = valueAndGrad(loss)(p, x, y);
      return { loss: value, p: mapTree((w: Tensor, g: Tensor) => w.sub(g.mul(0.01)), p, grads) };
    },
    { donate: ["p"], threads: 2 },
  );
  const x = normal([64, 1, 28, 28]);
  const y = integers([64], 10);
  let current: Params = params;
  const run = async () => {
    const result = await compiled(current, x, y);
    current = result.p;
    return result.loss.data[0];
  };
  return timed(run, () => toOnnx(compiled, [params, x, y]));
}

export async function recurrence(): Promise<Work> {
  const a = normal([1000, 64]);
  for (let i = 0; i < a.data.length; i++) a.data[i] = 0.5 + 0.5 / (1 + Math.exp(a.data[i]!));
  const b = normal([1000, 64]);
  const compiled = compile(
    (a: Tensor, b: Tensor) =>
      valueAndGrad(({ a, b }: { a: Tensor; b: Tensor }) => a.linearRecurrence(b).square().sum())({ a, b }),
    { threads: 2 },
  );
  const run = async () => compiled(a, b);
  return timed(run, () => toOnnx(compiled, [a, b]));
}

/** Message passing on a random graph: by a plan made for the graph, or by scattering. */
export async function messages(planned = true): Promise<Work> {
  const [nodes, edges, features] = [50_000, 500_000, 32];
  const ends = () => Int32Array.from(integers([edges], nodes).data, Number);
  const [sources, targets] = [ends(), ends()];
  const x = normal([nodes, features]);
  const index = (data: Int32Array): NdArray => ({ dtype: "int32", shape: [edges], data });
  const plan = messagePlan(sources, targets, nodes);
  const byPlan = compile(
    (x: Tensor, plan: MessagePlan<Tensor>) =>
      valueAndGrad((x: Tensor) => propagate(x, plan).square().sum())(x),
    { threads: 2 },
  );
  const byScatter = compile(
    (x: Tensor, sources: Tensor, targets: Tensor) =>
      valueAndGrad((x: Tensor) => scatterAdd(targets, x.gather(sources), nodes).square().sum())(x),
    { threads: 2 },
  );
  return planned
    ? timed(
        () => byPlan(x, plan),
        () => toOnnx(byPlan, [x, plan]),
      )
    : timed(
        () => byScatter(x, index(sources), index(targets)),
        () => toOnnx(byScatter, [x, index(sources), index(targets)]),
      );
}

/** The least a call can be: one addition of scalars. */
export async function scalar(): Promise<Work> {
  const compiled = compile((x: Tensor) => x.add(1), { threads: 2 });
  return timed(
    () => compiled(2),
    () => toOnnx(compiled, [2]),
  );
}
