import { type Matrix, ndArray } from "ockham/array";
import { loadSparseTensor, type sparseTensors } from "ockham/data";
import { randomStream } from "ockham/random";

/** Points with values, some to fit and some to predict. Errors are against `truth` where it is known. */
export interface Trial {
  readonly train: { readonly coordinates: Matrix; readonly values: Float64Array };
  readonly test: { readonly coordinates: Matrix; readonly values: Float64Array };
  /** Values of the test points without noise; those with it where the truth is not known. */
  readonly truth: Float64Array;
}

/** Two coordinates: sin^2(2 pi x) cos(2 pi x) exp(-2y) sin(1.5 pi y), 650 points, half to fit, noise 0.02. */
export function waves(seed: number): Trial {
  const stream = randomStream(seed, "waves");
  return divided(
    points(stream, 650, 2, 3),
    (x, y) =>
      Math.sin(2 * Math.PI * x!) ** 2 *
      Math.cos(2 * Math.PI * x!) *
      Math.exp(-2 * y!) *
      Math.sin(1.5 * Math.PI * y!),
    () => 0.02 * stream.normal(),
    false,
  );
}

/** Three coordinates, two functions of each, a random core of 2 x 2 x 2, deviation 1, noise 0.1; 1500 points, half to fit. */
export function interactions(seed: number): Trial {
  const stream = randomStream(seed, "interactions");
  const core = stream.fillNormal(new Float64Array(8));
  const { PI } = Math;
  return divided(
    points(stream, 1500, 3, 2),
    (x, y, z) => {
      const a = [Math.sin(2 * PI * x!), Math.cos(2 * PI * x!)];
      const b = [Math.exp(-2 * y!) * Math.sin(3 * PI * y!), y!];
      const c = [Math.sin(4 * PI * z!), 1 - z!];
      return core.reduce((sum, w, e) => sum + w * a[e >> 2]! * b[(e >> 1) & 1]! * c[e & 1]!, 0);
    },
    () => 0.1 * stream.normal(),
    true,
  );
}

function points(
  stream: ReturnType<typeof randomStream>,
  count: number,
  modes: number,
  digits: number,
): Matrix {
  const scale = 10 ** digits;
  const data = Float64Array.from(
    { length: count * modes },
    () => Math.round(scale * stream.uniform()) / scale,
  );
  return ndArray("float64", [count, modes], data);
}

function divided(
  coordinates: Matrix,
  f: (...place: number[]) => number,
  noise: () => number,
  standardize: boolean,
): Trial {
  const [count, modes] = coordinates.shape as [number, number];
  const clean = Float64Array.from({ length: count }, (_, n) =>
    f(...coordinates.data.subarray(n * modes, (n + 1) * modes)),
  );
  const centre = clean.reduce((sum, value) => sum + value, 0) / count;
  const spread = Math.sqrt(clean.reduce((sum, value) => sum + (value - centre) ** 2, 0) / count);
  if (standardize) for (let n = 0; n < count; n++) clean[n]! /= spread;
  const values = clean.map((value) => value + noise());
  const half = count >> 1;
  const part = (from: number, to: number) => ({
    coordinates: ndArray("float64", [to - from, modes], coordinates.data.slice(from * modes, to * modes)),
    values: values.slice(from, to),
  });
  return { train: part(0, half), test: part(half, count), truth: clean.slice(half) };
}

/** A published division of a real tensor, standardised by its training values. */
export async function realTensor(
  name: (typeof sparseTensors)[number],
  fold: number,
  signal: AbortSignal,
): Promise<Trial> {
  const { train, test } = await loadSparseTensor(name, { fold, signal });
  const count = train.values.length;
  const mean = train.values.reduce((sum, value) => sum + value, 0) / count;
  const spread = Math.sqrt(train.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const standardized = (values: Float64Array): Float64Array => values.map((value) => (value - mean) / spread);
  const values = standardized(test.values);
  return {
    train: { coordinates: train.coordinates, values: standardized(train.values) },
    test: { coordinates: test.coordinates, values },
    truth: values,
  };
}

export const rmse = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, n) => sum + (value - b[n]!) ** 2, 0) / a.length);
