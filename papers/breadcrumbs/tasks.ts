import type { Progress } from "ockham";
import { type NdArray, ndArray } from "ockham/array";
import type { TensorMap } from "ockham/compression";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import { compile, namedLeaves, type Tensor, withLeaves } from "ockham/tensor";
import { cosineOver, fashion, type Labelled, type Network, trainClassifier } from "../fashion-networks.ts";

/** A view of a picture: where each pixel of the result comes from. */
type View = (y: number, x: number, side: number) => readonly [y: number, x: number];

const rolled = (y: number, x: number): View => {
  // Two pixels of a picture of 14 x 14, the same part of a larger one.
  return (row, column, side) => {
    const step = side / 14;
    return [(row - y * step + side) % side, (column - x * step + side) % side];
  };
};

/** The tasks: one set of pictures seen in eight ways. */
export const views: Readonly<Record<string, View>> = {
  "as it is": (y, x) => [y, x],
  mirrored: (y, x, side) => [y, side - 1 - x],
  "down 2": rolled(2, 0),
  "right 2": rolled(0, 2),
  "up 2": rolled(-2, 0),
  "upside down": (y, x, side) => [side - 1 - y, x],
  transposed: (y, x) => [x, y],
  "quarter turn": (y, x, side) => [x, side - 1 - y],
};

export const taskCount = Object.keys(views).length;

function seen({ x, y }: Labelled, view: View): Labelled {
  const count = x.shape[0]!;
  const size = x.data.length / count;
  const side = Math.sqrt(size);
  const from = new Int32Array(size);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [a, b] = view(row, column, side);
      from[row * side + column] = a * side + b;
    }
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < count; i++)
    for (let p = 0; p < size; p++) data[i * size + p] = x.data[i * size + from[p]!]!;
  return { x: ndArray("float32", x.shape, data), y };
}

/** Some rows of a set, from one on, every few. */
function rows({ x, y }: Labelled, from: number, to: number, step = 1): Labelled {
  const width = x.data.length / x.shape[0]!;
  const count = Math.ceil((to - from) / step);
  const data = new Float32Array(count * width);
  const labels = new BigInt64Array(count);
  for (let i = 0; i < count; i++) {
    const row = from + i * step;
    data.set(x.data.subarray(row * width, (row + 1) * width), i * width);
    labels[i] = y.data[row]!;
  }
  return {
    x: ndArray("float32", [count, ...x.shape.slice(1)], data),
    y: ndArray("int64", [count], labels),
  };
}

function joined(parts: readonly Labelled[]): Labelled {
  const count = parts.reduce((sum, { y }) => sum + y.data.length, 0);
  const data = new Float32Array(parts.reduce((sum, { x }) => sum + x.data.length, 0));
  const labels = new BigInt64Array(count);
  let [pixel, label] = [0, 0];
  for (const { x, y } of parts) {
    data.set(x.data, pixel);
    labels.set(y.data, label);
    pixel += x.data.length;
    label += y.data.length;
  }
  return {
    x: ndArray("float32", [count, ...parts[0]!.x.shape.slice(1)], data),
    y: ndArray("int64", [count], labels),
  };
}

/** Pictures to train on, to choose settings on and to judge by. */
export interface Pictures {
  readonly train: Labelled;
  readonly validation: readonly Labelled[];
  readonly test: readonly Labelled[];
}

/** How many pictures are trained on, and of others how many settings are chosen by, and merges judged by. */
export interface Counts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** Pictures of both parts, as many as there are to divide. */
export async function loadPictures(
  run: Run,
  form: "pooled" | "flat" | "images",
  { train, validation, test }: Counts,
): Promise<{ readonly train: Labelled; readonly held: Labelled }> {
  const call = run.stage("Fashion-MNIST", 0, 0);
  return {
    train: await fashion("train", train, form, call),
    held: await fashion("test", validation + test, form, call),
  };
}

/** The pictures in all views: of those held back the first to judge by, and the others to choose by. */
export function pictures(train: Labelled, held: Labelled, { validation, test }: Counts): Pictures {
  const all = Object.values(views);
  const [first, others] = [rows(held, 0, test), rows(held, test, test + validation)];
  return {
    train,
    validation: all.map((view) => seen(others, view)),
    test: all.map((view) => seen(first, view)),
  };
}

/** A base and its fine-tunings, one a view, as tensors by name. */
export interface Family {
  readonly base: TensorMap;
  readonly tuned: readonly TensorMap[];
}

const batchSize = 64;

/** Trains the base on a mixture of all views, and from it one network a view. */
export async function family<P>(
  network: Network<P>,
  { train }: Pictures,
  seed: number,
  signal: AbortSignal,
  progress: (part: number) => void,
): Promise<Family> {
  const all = Object.values(views);
  const quarter = joined(all.map((view) => seen(rows(train, 0, train.y.data.length, 4), view)));
  const initial = network.init(randomStream(seed, "breadcrumbs"));
  const parts = all.length + 1;
  const call = (part: number) => ({
    signal,
    onProgress: ({ done, total }: Progress) => progress((part + done / total) / parts),
  });
  const base = await trainClassifier(
    network,
    initial,
    quarter,
    { epochs: 3, batchSize, learningRate: cosineOver(0.03, quarter, 3, batchSize), weightDecay: 5e-4, seed },
    call(0),
  );
  const tuned: TensorMap[] = [];
  for (const [i, view] of all.entries()) {
    const own = seen(train, view);
    const params = await trainClassifier(
      network,
      base,
      own,
      {
        epochs: 2,
        batchSize,
        learningRate: cosineOver(0.01, own, 2, batchSize),
        weightDecay: 0,
        seed: 100 * seed + i,
      },
      call(i + 1),
    );
    tuned.push(tensorsOf(params));
  }
  return { base: tensorsOf(base), tuned };
}

function tensorsOf(params: unknown): TensorMap {
  return Object.fromEntries(namedLeaves(params) as [string, NdArray][]);
}

/** Judges networks given as tensors by name: share of pictures that they take for what they are. */
export interface Judge {
  accuracy(tensors: TensorMap, data: Labelled): Promise<number>;
  dispose(): Promise<void>;
}

export function judgeOf<P>(network: Network<P>): Judge {
  const shape = network.init(randomStream(0, "shape"));
  const names = namedLeaves(shape).map(([name]) => name);
  const scores = compile((params: unknown, x: Tensor) => network.forward(params as never, x));
  return {
    async accuracy(tensors, { x, y }) {
      const params = withLeaves(
        shape,
        names.map((name) => tensors[name]!),
      );
      const { data } = await scores(params, x);
      let hits = 0;
      for (const [i, label] of y.data.entries()) {
        let best = 10 * i;
        for (let j = best + 1; j < 10 * i + 10; j++) if (Number(data[j]) > Number(data[best])) best = j;
        if (best - 10 * i === Number(label)) hits++;
      }
      return hits / y.data.length;
    },
    dispose: () => scores.dispose(),
  };
}
