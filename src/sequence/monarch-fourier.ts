import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, show } from "../core/errors.ts";
import type { ComplexVector } from "../core/linalg/index.ts";
import { type MonarchMatrix, monarchMatvec } from "./monarch-matrix.ts";

/** A complex Monarch matrix by parts; its inputs are first read in reversed order of the axes where `reversed` says so. */
export interface ComplexMonarch {
  readonly re: MonarchMatrix;
  readonly im: MonarchMatrix;
  readonly reversed: boolean;
}

/**
 * The discrete Fourier transform, exp(-2 pi i j k / n), as a Monarch matrix on a grid of any sizes whose product is n:
 * the Cooley-Tukey factorization with twiddle factors drawn into the blocks, after the inputs are read with the first
 * axis as the fastest.
 */
export function monarchDft(sizes: readonly number[]): ComplexMonarch {
  if (!Array.isArray(sizes) || sizes.length === 0)
    throw new InvalidInputError("sizes", `expected the extents of a grid, got ${show(sizes)}`);
  for (const [axis, size] of sizes.entries()) requireInteger(`sizes[${axis}]`, size, 1, 4096);
  const n = sizes.reduce((a, b) => a * b);
  requireInteger("the product of sizes", n, 1, 1 << 22);
  const parts = sizes.map((size, axis) => {
    const inner = sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
    const shape = [n / size, size, size];
    const [re, im] = [new Float64Array(n * size), new Float64Array(n * size)];
    for (let block = 0; block < n / size; block++)
      for (let k = 0; k < size; k++)
        for (let j = 0; j < size; j++) {
          // w_(size inner)^(j (after + inner k)), the angle reduced in whole numbers.
          const turns = (j * ((block % inner) + inner * k)) % (size * inner);
          const angle = (2 * Math.PI * turns) / (size * inner);
          re[(block * size + k) * size + j] = Math.cos(angle);
          im[(block * size + k) * size + j] = -Math.sin(angle);
        }
    const array = (data: Float64Array): NdArray<"float64"> => ({ dtype: "float64", shape, data });
    return { re: array(re), im: array(im) };
  });
  return {
    re: { sizes, factors: parts.map(({ re }) => re) },
    im: { sizes, factors: parts.map(({ im }) => im) },
    reversed: true,
  };
}

/** m x for a complex Monarch matrix, in double precision. */
export function complexMonarchMatvec(m: ComplexMonarch, x: ComplexVector): ComplexVector {
  const { sizes } = m.re;
  let [re, im] = [x.re, x.im];
  if (m.reversed) [re, im] = [reversedAxes(sizes, re), reversedAxes(sizes, im)];
  const n = re.length;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    // One axis at a time: an identity on the others.
    const only = (part: MonarchMatrix): ((v: Float64Array) => Float64Array) => {
      const factors = sizes.map((size, other) =>
        other === axis ? part.factors[axis]! : units(n / size, size),
      );
      return (v) => monarchMatvec({ sizes, factors }, v);
    };
    const [real, imaginary] = [only(m.re), only(m.im)];
    const [rr, ri, ir, ii] = [real(re), real(im), imaginary(re), imaginary(im)];
    re = rr.map((value, p) => value - ii[p]!);
    im = ri.map((value, p) => value + ir[p]!);
  }
  return { re, im };
}

function units(blocks: number, size: number): NdArray<"float64"> {
  const data = new Float64Array(blocks * size * size);
  for (let block = 0; block < blocks; block++)
    for (let i = 0; i < size; i++) data[(block * size + i) * size + i] = 1;
  return { dtype: "float64", shape: [blocks, size, size], data };
}

/** Place (n_1, ..., n_p) of the grid takes x[n_1 + d_1 (n_2 + d_2 (...))]. */
function reversedAxes(sizes: readonly number[], x: Float64Array): Float64Array {
  const result = new Float64Array(x.length);
  const place = new Array<number>(sizes.length).fill(0);
  for (let p = 0; p < x.length; p++) {
    let from = 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) from = from * sizes[axis]! + place[axis]!;
    result[p] = x[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      place[axis]!++;
      if (place[axis]! < sizes[axis]!) break;
      place[axis] = 0;
    }
  }
  return result;
}
