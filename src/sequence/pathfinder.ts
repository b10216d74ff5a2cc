import type { NdArray } from "../core/array/index.ts";
import { NumericalError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";

export interface PathfinderOptions {
  /** Number of images. */
  readonly count: number;
  /** Pixels a side; default 32. */
  readonly size?: number;
  readonly seed?: number | bigint;
}

/**
 * Images of two dots and dashed curves, as sequences of gray levels 0 to 1, float32 [n, size^2, 1]; the class is 1 where
 * a curve joins the dots. Each scene holds two long curves, the second of which starts as far from the start of
 * the first as that one ends; either the ends of the first are marked or both starts. So neither the sum of the pixels nor
 * the distance of the dots tells the class.
 *
 * Reference: after Linsley et al. 2018 and the Long Range Arena, at a size for small machines.
 */
export function pathfinder(options: PathfinderOptions): {
  readonly x: NdArray<"float32">;
  readonly labels: Int32Array;
} {
  requireKnownOptions("options", options, ["count", "size", "seed"]);
  const count = requireInteger("options.count", options.count, 1, 1_000_000);
  const size = requireInteger("options.size", options.size ?? 32, 24, 256);
  const stream = randomStream(options.seed ?? 0, "pathfinder");
  const data = new Float32Array(count * size * size);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  for (let i = 0; i < count; i++)
    drawScene(stream.split(i), size, labels[i] === 1, data.subarray(i * size * size, (i + 1) * size * size));
  return { x: { dtype: "float32", shape: [count, size * size, 1], data }, labels };
}

type Point = readonly [x: number, y: number];

/** Points of a curve one pixel apart, both ends among them. */
type Curve = readonly Point[];

/** Pixels of a dash and of the gap after it. */
const [dash, gap] = [2, 2];

function drawScene(stream: RandomStream, size: number, joined: boolean, pixels: Float32Array): void {
  for (let trial = 0; trial < 100_000; trial++) {
    const first = drawCurve(stream, size, 6 + stream.integer(4));
    if (first === undefined) continue;
    const [start, end] = [first[0]!, first.at(-1)!];
    const direction = 2 * Math.PI * stream.uniform();
    const other: Point = [
      start[0] + apart(start, end) * Math.cos(direction),
      start[1] + apart(start, end) * Math.sin(direction),
    ];
    const second = drawCurve(stream, size, 6 + stream.integer(4), other);
    if (second === undefined || distance(first, second) < 3) continue;
    const curves = [first, second];
    for (let k = 0; k < 3; k++) {
      const distractor = drawCurve(stream, size, 2);
      if (distractor !== undefined && curves.every((curve) => distance(curve, distractor) >= 3))
        curves.push(distractor);
    }
    for (const curve of curves)
      for (const [k, [x, y]] of curve.entries())
        if (k % (dash + gap) < dash) spot(pixels, size, x, y, 0.8, 0.4);
    for (const [x, y] of [start, joined ? end : other] as const) spot(pixels, size, x, y, 1, 1.8);
    return;
  }
  throw new NumericalError("no scene of two separate curves was found", { size });
}

/** A curve of so many dashes, its direction turning a little at each pixel; undefined where it leaves the image. */
function drawCurve(
  stream: RandomStream,
  size: number,
  dashes: number,
  start: Point = [3 + (size - 6) * stream.uniform(), 3 + (size - 6) * stream.uniform()],
): Curve | undefined {
  let [x, y] = start;
  if (!inside(start, size)) return undefined;
  let heading = 2 * Math.PI * stream.uniform();
  let turn = 0;
  const points: Point[] = [[x, y]];
  for (let k = 1; k < dashes * (dash + gap); k++) {
    turn = Math.max(-0.25, Math.min(0.25, turn + 0.3 * (stream.uniform() - 0.5)));
    heading += turn;
    x += Math.cos(heading);
    y += Math.sin(heading);
    if (!inside([x, y], size)) return undefined;
    // A curve that comes back to itself would join what it should not.
    if (points.slice(0, -4).some((point) => apart(point, [x, y]) < 3)) return undefined;
    points.push([x, y]);
  }
  return points;
}

const inside = ([x, y]: Point, size: number): boolean => Math.min(x, y) >= 2 && Math.max(x, y) <= size - 3;

const apart = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

function distance(a: Curve, b: Curve): number {
  let least = Number.POSITIVE_INFINITY;
  for (const p of a) for (const q of b) least = Math.min(least, apart(p, q));
  return least;
}

/** Brightens the pixels around a point, at most to 1. */
function spot(
  pixels: Float32Array,
  size: number,
  x: number,
  y: number,
  height: number,
  radius: number,
): void {
  const reach = Math.ceil(radius);
  for (let row = Math.round(y) - reach; row <= Math.round(y) + reach; row++)
    for (let col = Math.round(x) - reach; col <= Math.round(x) + reach; col++) {
      const away = Math.hypot(col - x, row - y);
      const value = height * Math.max(0, Math.min(1, radius + 0.5 - away));
      const p = row * size + col;
      if (value > pixels[p]!) pixels[p] = value;
    }
}
