import { InvalidInputError, requireInteger, show } from "../../errors.ts";
import type { Basis, Workspace } from "../kernels/workspace.ts";
import { requireVector } from "./run.ts";

/** A subspace handed from one solve to the next: k vectors of length n, one after the other. */
export interface RecycleSpace {
  readonly k: number;
  /** Length n k; vector j is `vectors.subarray(j * n, (j + 1) * n)`. */
  readonly vectors: Float64Array;
}

export function requireRecycleSpace(argument: string, value: unknown, n: number): RecycleSpace {
  const space = value as RecycleSpace | null | undefined;
  if (typeof space !== "object" || space === null)
    throw new InvalidInputError(argument, `expected a RecycleSpace { k, vectors }, got ${show(value)}`);
  requireInteger(`${argument}.k`, space.k, 0, n);
  requireVector(`${argument}.vectors`, space.vectors, n * space.k);
  return space;
}

/** Copies the first `count` columns of a basis out of its workspace. */
export function recycleSpaceOf(basis: Basis, count: number, n: number): RecycleSpace {
  return { k: count, vectors: basis.data.slice(0, n * count) };
}

/**
 * `target_j = sum_i coefficients[i][j] source_i` for j < count, over the columns of several bases one after the other.
 * 2 n flops a coefficient.
 */
export function combineColumns(
  workspace: Workspace,
  sources: readonly { readonly basis: Basis; readonly count: number }[],
  coefficients: (i: number, j: number) => number,
  target: Basis,
  count: number,
): void {
  for (let j = 0; j < count; j++) {
    const column = target.columns[j]!;
    column.fill(0);
    let offset = 0;
    for (const source of sources) {
      const factors = Array.from({ length: source.count }, (_, i) => coefficients(offset + i, j));
      workspace.combine(source.basis, source.count, 1, factors, column);
      offset += source.count;
    }
  }
}
