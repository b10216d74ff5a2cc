import { InvalidInputError, requireInteger, show } from "../../errors.ts";
import type { Basis } from "../kernels/workspace.ts";
import { requireVector } from "../vector.ts";

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
