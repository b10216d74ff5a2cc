import { InvalidInputError, requireKnownOptions } from "../core/errors.ts";
import { type Complex, complexAdd, complexConjugate, complexMul, type Tensor } from "../core/tensor/index.ts";

export interface MonarchConvolutionOptions {
  /** Kernel [channels, length] that runs the other way: its weight at lag s is for x at t + s. */
  readonly reverse?: Tensor;
  /** Share of each channel of x that is added, [channels]. */
  readonly skip?: Tensor;
}

/**
 * Long convolution of every channel with its own kernel, x [n, channels, length] and kernel [channels, length], by the
 * Monarch factorization of the Fourier transform: y = M^-1 (M kernel o M x) with M of two block-diagonal products, no
 * permutation, on a grid of about sqrt(2 length) by sqrt(2 length). The second half of the grid, zero padding, is
 * neither read nor written, and mirrored frequencies of real sequences are left out, so that a quarter of the products
 * remains. Nothing wraps round: without `reverse` it is causal.
 */
export function monarchConvolution(
  x: Tensor,
  kernel: Tensor,
  options: MonarchConvolutionOptions = {},
): Tensor {
  requireKnownOptions("options", options, ["reverse", "skip"]);
  const [, channels, length] = x.shape as [number, number, number];
  for (const [name, weights] of [
    ["kernel", kernel],
    ["options.reverse", options.reverse ?? kernel],
  ] as const)
    if (x.rank !== 3 || weights.rank !== 2 || weights.shape[0] !== channels || weights.shape[1] !== length)
      throw new InvalidInputError(
        name,
        `expected [channels, length] for x [n, channels, length], got [${weights.shape}] for [${x.shape}]`,
      );
  const grid = gridOf(length);
  let spectrum = forward(kernel, grid);
  // Reading a real sequence backwards conjugates its transform.
  if (options.reverse !== undefined)
    spectrum = complexAdd(spectrum, complexConjugate(forward(options.reverse, grid)));
  const y = backward(complexMul(forward(x, grid), spectrum), grid, length);
  return options.skip === undefined ? y : y.add(x.mul(options.skip.expandDims(-1)));
}

/** The sequence fills `rows` rows of `cols`; with padding there are 2 rows of each. */
interface Grid {
  readonly rows: number;
  readonly cols: number;
}

function gridOf(length: number): Grid {
  const cols = Math.max(1, Math.round(Math.sqrt(length / 2)));
  return { rows: Math.ceil(length / cols), cols };
}

/** cos and sin of 2 pi p / n with p reduced in whole numbers. */
function turn(p: number, n: number): readonly [cos: number, sin: number] {
  const angle = (2 * Math.PI * (p % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

function constant(like: Tensor, rows: number, cols: number, at: (i: number, j: number) => number): Tensor {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) data[i * cols + j] = at(i, j);
  return like.constant({ dtype: "float64", shape: [rows, cols], data }, like.dtype);
}

/** Frequencies k1 + 2 rows k2 for k1 <= rows, as [..., rows + 1, cols]: the others mirror them. */
function forward(x: Tensor, { rows, cols }: Grid): Complex {
  const lead = x.shape.slice(0, -1);
  const n1 = 2 * rows;
  const kept = rows + 1;
  const cells = x
    .padAxes(
      x.shape.map(() => 0),
      x.shape.map((extent, i) => (i === x.rank - 1 ? rows * cols - extent : 0)),
    )
    .reshape([...lead, rows, cols]);
  const first = constant(x, 2 * kept, rows, (i, j) => {
    const [cos, sin] = turn((i % kept) * j, n1);
    return i < kept ? cos : -sin;
  }).matmul(cells);
  const twisted = complexMul(
    { re: first.sliceAxis(-2, 0, kept), im: first.sliceAxis(-2, kept, 2 * kept) },
    twiddle(x, rows, cols, -1),
  );
  return alongCols(twisted, cols, -1);
}

/** exp(sign 2 pi i k1 n2 / n). */
function twiddle(like: Tensor, rows: number, cols: number, sign: number): Complex {
  const n = 2 * rows * cols;
  return {
    re: constant(like, rows + 1, cols, (i, j) => turn(i * j, n)[0]),
    im: constant(like, rows + 1, cols, (i, j) => sign * turn(i * j, n)[1]),
  };
}

/** The transform of each row, as one product of real and imaginary parts side by side. */
function alongCols({ re, im }: Complex, cols: number, sign: number): Complex {
  const both = re.concat([im], -1).matmul(
    constant(re, 2 * cols, 2 * cols, (i, j) => {
      const [cos, sin] = turn((i % cols) * (j % cols), cols);
      if (i < cols === j < cols) return cos;
      return i < cols ? sign * sin : -sign * sin;
    }),
  );
  return { re: both.sliceAxis(-1, 0, cols), im: both.sliceAxis(-1, cols, 2 * cols) };
}

/** The first half of the sequence whose kept frequencies are given. */
function backward(z: Complex, { rows, cols }: Grid, length: number): Tensor {
  const lead = z.re.shape.slice(0, -2);
  const n1 = 2 * rows;
  const kept = rows + 1;
  const within = complexMul(alongCols(z, cols, 1), twiddle(z.re, rows, cols, 1));
  const stacked = within.re.concat([within.im], -2);
  // Mirrored frequencies count twice, the first and the last once.
  const last = constant(z.re, rows, 2 * kept, (i, j) => {
    const k = j % kept;
    const [cos, sin] = turn(k * i, n1);
    const weight = (k === 0 || k === rows ? 1 : 2) / (n1 * cols);
    return j < kept ? weight * cos : -weight * sin;
  });
  return last
    .matmul(stacked)
    .reshape([...lead, rows * cols])
    .sliceAxis(-1, 0, length);
}
