import { rootOfUnity } from "./radix.ts";
import { isSmooth, nextFastLength, runPasses, smoothPlan, workspaceFor } from "./smooth.ts";

/**
 * Forward transforms without scaling, in place, of lines that lie in larger arrays: line l (of `count`) has its
 * elements at offset(l) + j * stride. The lines of one axis of an array [outer, length, inner] have
 * stride = inner and offset(l) = floor(l / inner) * length * inner + l % inner.
 */
export interface LineTransform {
  readonly length: number;
  run(re: Float64Array, im: Float64Array, outer: number, inner: number): void;
}

/** Up to this length lines are transformed side by side in a workspace; longer ones are first split in two. */
const longestDirect = 8192;
/**
 * Complex numbers in the workspace of a batch. Rows are gathered whole, and the fewer fit the first cache the
 * better; pieces of rows should be long, for each begins a new stretch of memory.
 */
const rowWorkspace = 8192;
const columnWorkspace = 32768;

/** The plan of a length: by passes, by two shorter transforms, or by convolution when it has a large prime factor. */
export function lineTransform(length: number): LineTransform {
  if (!isSmooth(length)) return chirpTransform(length);
  return length <= longestDirect ? batchTransform(length) : singly(splitTransform(length));
}

/** Lines that are gathered into a workspace in batches, each transformed there and scattered back. */
function batchTransform(length: number): LineTransform {
  const plan = smoothPlan(length);
  const split = length > 32 ? singly(splitTransform(length)) : undefined;
  const rowLanes = lanesFor(length, rowWorkspace, 64);
  const columnLanes = lanesFor(length, columnWorkspace, 64);
  return {
    length,
    run(re, im, outer, inner) {
      const lines = outer * inner;
      // One or a few lines fill no lanes; split in two, a line has lanes of its own.
      if (lines < 4 && split !== undefined) return split.run(re, im, outer, inner);
      const columns = inner >= columnLanes;
      const work = workspaceFor(length * (columns ? columnLanes : rowLanes));
      for (let first = 0; first < lines; ) {
        const column = first % inner;
        const count = columns ? Math.min(columnLanes, inner - column) : Math.min(rowLanes, lines - first);
        const width = even(count);
        const offset = (first - column) * length + column;
        if (columns) gatherColumns(re, im, offset, inner, length, count, width, work.xr, work.xi);
        else gatherRows(re, im, first, inner, length, count, width, work.xr, work.xi);
        const flipped = runPasses(plan, width, work);
        const yr = flipped ? work.yr : work.xr;
        const yi = flipped ? work.yi : work.xi;
        if (columns) scatterColumns(yr, yi, length, count, width, re, im, offset, inner);
        else scatterRows(yr, yi, length, count, width, re, im, first, inner);
        first += count;
      }
    },
  };
}

/** An even number of lanes that fills a workspace of that size, from 4 to `most`. */
function lanesFor(length: number, size: number, most: number): number {
  return Math.max(4, Math.min(even(most), 2 * Math.floor(size / length / 2)));
}

/** Lanes come in pairs; an odd number of lines leaves one lane whose contents nobody reads. */
function even(count: number): number {
  return count + (count % 2);
}

/** `count` adjacent columns of the rows at offset + j * stride, to the array [length, width]. */
function gatherColumns(
  re: Float64Array,
  im: Float64Array,
  offset: number,
  stride: number,
  length: number,
  count: number,
  width: number,
  xr: Float64Array,
  xi: Float64Array,
): void {
  for (let j = 0; j < length; j++) {
    const from = offset + j * stride;
    const to = j * width;
    for (let c = 0; c < count; c++) {
      xr[to + c] = re[from + c]!;
      xi[to + c] = im[from + c]!;
    }
  }
}

function scatterColumns(
  yr: Float64Array,
  yi: Float64Array,
  length: number,
  count: number,
  width: number,
  re: Float64Array,
  im: Float64Array,
  offset: number,
  stride: number,
): void {
  for (let j = 0; j < length; j++) {
    const from = j * width;
    const to = offset + j * stride;
    for (let c = 0; c < count; c++) {
      re[to + c] = yr[from + c]!;
      im[to + c] = yi[from + c]!;
    }
  }
}

/** Lines first .. first + count - 1, which lie apart, to the array [length, width]. */
function gatherRows(
  re: Float64Array,
  im: Float64Array,
  first: number,
  inner: number,
  length: number,
  count: number,
  width: number,
  xr: Float64Array,
  xi: Float64Array,
): void {
  for (let lane = 0; lane < count; lane++) {
    const column = (first + lane) % inner;
    let from = (first + lane - column) * length + column;
    for (let to = lane; to < length * width; to += width, from += inner) {
      xr[to] = re[from]!;
      xi[to] = im[from]!;
    }
  }
}

function scatterRows(
  yr: Float64Array,
  yi: Float64Array,
  length: number,
  count: number,
  width: number,
  re: Float64Array,
  im: Float64Array,
  first: number,
  inner: number,
): void {
  for (let lane = 0; lane < count; lane++) {
    const column = (first + lane) % inner;
    let to = (first + lane - column) * length + column;
    for (let from = lane; from < length * width; from += width, to += inner) {
      re[to] = yr[from]!;
      im[to] = yi[from]!;
    }
  }
}

/** Transform of one contiguous line, in place. */
interface Single {
  readonly length: number;
  run(re: Float64Array, im: Float64Array): void;
}

/** Applies a transform of one contiguous line to every line of an axis, by way of a buffer where they have gaps. */
function singly(single: Single): LineTransform {
  const { length } = single;
  let lineRe: Float64Array | undefined;
  let lineIm: Float64Array | undefined;
  return {
    length,
    run(re, im, outer, inner) {
      if (outer * inner === 1) return single.run(re, im);
      lineRe ??= new Float64Array(length);
      lineIm ??= new Float64Array(length);
      for (let o = 0; o < outer; o++) {
        for (let column = 0; column < inner; column++) {
          const offset = o * length * inner + column;
          gatherColumns(re, im, offset, inner, length, 1, 1, lineRe, lineIm);
          single.run(lineRe, lineIm);
          scatterColumns(lineRe, lineIm, length, 1, 1, re, im, offset, inner);
        }
      }
    },
  };
}

/**
 * A line of length n = a b as two sets of shorter transforms (Bailey's four-step method): over the columns of the
 * array [a, b], times exp(-2 pi i j k / n), transposed to [b, a], over the columns again. All loops run along
 * contiguous columns, a cache-sized block at a time.
 */
function splitTransform(length: number): Single {
  const [a, b] = nearSquare(length);
  const first = smoothPlan(a);
  const second = a === b ? first : smoothPlan(b);
  const firstLanes = lanesFor(a, columnWorkspace, b);
  const secondLanes = lanesFor(b, columnWorkspace, a);
  // exp(-2 pi i t / n) as a product of a coarse and a fine root.
  const fineBits = Math.ceil((32 - Math.clz32(length - 1)) / 2);
  const fine = rootTable(1 << fineBits, 1, length);
  const coarse = rootTable(Math.ceil(length / (1 << fineBits)), 1 << fineBits, length);
  let betweenRe: Float64Array | undefined;
  let betweenIm: Float64Array | undefined;

  /** Columns j .. j + count - 1 of the transformed [a, width] to rows of `between`, with their twiddle factors. */
  const turn = (
    yr: Float64Array,
    yi: Float64Array,
    j: number,
    count: number,
    width: number,
    re: Float64Array,
    im: Float64Array,
  ): void => {
    const mask = (1 << fineBits) - 1;
    for (let c = 0; c < count; c++) {
      let to = (j + c) * a;
      for (let from = c, t = 0; from < a * width; from += width, t += j + c, to++) {
        const high = t >>> fineBits;
        const low = t & mask;
        const wr = coarse.re[high]! * fine.re[low]! - coarse.im[high]! * fine.im[low]!;
        const wi = coarse.re[high]! * fine.im[low]! + coarse.im[high]! * fine.re[low]!;
        re[to] = yr[from]! * wr - yi[from]! * wi;
        im[to] = yr[from]! * wi + yi[from]! * wr;
      }
    }
  };

  return {
    length,
    run(re, im) {
      const work = workspaceFor(Math.max(a * firstLanes, b * secondLanes));
      betweenRe ??= new Float64Array(length);
      betweenIm ??= new Float64Array(length);
      for (let j = 0; j < b; j += firstLanes) {
        const count = Math.min(firstLanes, b - j);
        const width = even(count);
        gatherColumns(re, im, j, b, a, count, width, work.xr, work.xi);
        const flipped = runPasses(first, width, work);
        turn(flipped ? work.yr : work.xr, flipped ? work.yi : work.xi, j, count, width, betweenRe, betweenIm);
      }
      for (let k = 0; k < a; k += secondLanes) {
        const count = Math.min(secondLanes, a - k);
        const width = even(count);
        gatherColumns(betweenRe, betweenIm, k, a, b, count, width, work.xr, work.xi);
        const flipped = runPasses(second, width, work);
        scatterColumns(
          flipped ? work.yr : work.xr,
          flipped ? work.yi : work.xi,
          b,
          count,
          width,
          re,
          im,
          k,
          a,
        );
      }
    },
  };
}

/** The divisors a <= b of n = a b that are nearest to its square root. */
function nearSquare(n: number): [number, number] {
  let a = Math.floor(Math.sqrt(n));
  while (n % a !== 0) a--;
  return [a, n / a];
}

/** exp(-2 pi i k step / n) for k = 0 .. count - 1. */
function rootTable(count: number, step: number, n: number): { re: Float64Array; im: Float64Array } {
  const re = new Float64Array(count);
  const im = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const root = rootOfUnity((k * step) % n, n);
    re[k] = root.re;
    im[k] = root.im;
  }
  return { re, im };
}

/**
 * Any length, as a convolution with the chirp exp(pi i k^2 / n) by transforms of a smooth length (Bluestein 1970).
 */
function chirpTransform(length: number): LineTransform {
  const padded = nextFastLength(2 * length - 1);
  const inner = lineTransform(padded);
  const chirpRe = new Float64Array(length);
  const chirpIm = new Float64Array(length);
  const filterRe = new Float64Array(padded);
  const filterIm = new Float64Array(padded);
  // k^2 mod 2n, from one k to the next without large products.
  for (let k = 0, square = 0; k < length; square = (square + 2 * k + 1) % (2 * length), k++) {
    const { re, im } = rootOfUnity(square, 2 * length);
    chirpRe[k] = re;
    chirpIm[k] = im;
    // The filter carries the 1 / padded of the inverse transform.
    filterRe[k] = re / padded;
    filterIm[k] = -im / padded;
    if (k > 0) {
      filterRe[padded - k] = re / padded;
      filterIm[padded - k] = -im / padded;
    }
  }
  inner.run(filterRe, filterIm, 1, 1);
  const workRe = new Float64Array(padded);
  const workIm = new Float64Array(padded);
  return singly({
    length,
    run(re, im) {
      workRe.fill(0, length);
      workIm.fill(0, length);
      for (let k = 0; k < length; k++) {
        workRe[k] = re[k]! * chirpRe[k]! - im[k]! * chirpIm[k]!;
        workIm[k] = re[k]! * chirpIm[k]! + im[k]! * chirpRe[k]!;
      }
      inner.run(workRe, workIm, 1, 1);
      for (let k = 0; k < padded; k++) {
        const xr = workRe[k]!;
        const xi = workIm[k]!;
        workRe[k] = xr * filterRe[k]! - xi * filterIm[k]!;
        workIm[k] = xr * filterIm[k]! + xi * filterRe[k]!;
      }
      // With the parts exchanged a forward transform is an inverse one.
      inner.run(workIm, workRe, 1, 1);
      for (let k = 0; k < length; k++) {
        re[k] = workRe[k]! * chirpRe[k]! - workIm[k]! * chirpIm[k]!;
        im[k] = workRe[k]! * chirpIm[k]! + workIm[k]! * chirpRe[k]!;
      }
    },
  });
}
