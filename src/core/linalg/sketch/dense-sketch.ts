import type { CsrMatrix } from "../../array/index.ts";
import { type RandomStream, randomStream } from "../../random/index.ts";
import { kernels } from "../provider.ts";
import { requireSketch, type SketchOperator, type SketchOptions, sketchOperator } from "./operator.ts";

/** Entries of S that are drawn at a time. */
const pieceSize = 2 ** 20;

/**
 * Dense Gaussian sketch: independent normal entries of variance 1 / m. The best embedding for its size, at
 * 2 m n d operations. Row i comes from its own stream; pieces of rows are drawn as they are needed.
 */
export function gaussianSketch(m: number, n: number, options: SketchOptions = {}): SketchOperator {
  requireSketch(m, n, options);
  const stream = randomStream(options.seed, "gaussian sketch");
  return independentEntries("gaussian", m, n, (row, out) => {
    stream.split(row).fillNormal(out, 0, 1 / Math.sqrt(m));
  });
}

/** Dense sign sketch (AMS): independent entries +-1 / sqrt(m), at 2 m n d operations. */
export function rademacherSketch(m: number, n: number, options: SketchOptions = {}): SketchOperator {
  requireSketch(m, n, options);
  const stream = randomStream(options.seed, "rademacher sketch");
  return independentEntries("rademacher", m, n, (row, out) =>
    fillSigns(stream.split(row), 1 / Math.sqrt(m), out),
  );
}

/** Fills with +-magnitude, 32 signs from each random word. */
export function fillSigns(stream: RandomStream, magnitude: number, out: Float64Array): void {
  let word = 0;
  for (let i = 0; i < out.length; i++) {
    if ((i & 31) === 0) word = stream.uint32();
    out[i] = (word & 1) === 0 ? magnitude : -magnitude;
    word >>>= 1;
  }
}

function independentEntries(
  kind: "gaussian" | "rademacher",
  m: number,
  n: number,
  fillRow: (row: number, out: Float64Array) => void,
): SketchOperator {
  const height = Math.max(1, Math.min(m, Math.floor(pieceSize / n)));
  /** Calls back with rows first .. first + count of S. */
  const forPieces = (use: (first: number, count: number, piece: Float64Array) => void): void => {
    const piece = new Float64Array(height * n);
    for (let first = 0; first < m; first += height) {
      const count = Math.min(height, m - first);
      for (let i = 0; i < count; i++) fillRow(first + i, piece.subarray(i * n, (i + 1) * n));
      use(first, count, piece);
    }
  };
  return sketchOperator(kind, m, n, {
    dense(d, a) {
      const result = new Float64Array(m * d);
      if (d === 0) return result;
      forPieces((first, count, piece) => {
        kernels().multiply(
          false,
          false,
          count,
          d,
          n,
          piece,
          a,
          result.subarray(first * d, (first + count) * d),
        );
      });
      return result;
    },
    sparse({ rows, cols, indptr, indices, data }: CsrMatrix) {
      const result = new Float64Array(m * cols);
      forPieces((first, count, piece) => {
        for (let i = 0; i < count; i++) {
          const to = (first + i) * cols;
          for (let j = 0; j < rows; j++) {
            const factor = piece[i * n + j]!;
            for (let k = indptr[j]!; k < indptr[j + 1]!; k++) result[to + indices[k]!]! += factor * data[k]!;
          }
        }
      });
      return result;
    },
  });
}
