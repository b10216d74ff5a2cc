import { InvalidInputError, requireFinite, requireInteger } from "../core/errors.ts";
import type { Resolvent } from "./problem.ts";
import { projectSimplexPart } from "./projections.ts";

/** Of G = 0: leaves u as it is. */
export const identityResolvent: Resolvent = { apply: () => {} };

/** Of the normal cone of a box; bounds may be infinite. */
export function boxResolvent(lower: number, upper: number): Resolvent {
  if (!(lower <= upper))
    throw new InvalidInputError("lower", `expected at most upper = ${upper}, got ${lower}`);
  return {
    apply: (u) => {
      for (let i = 0; i < u.length; i++) u[i] = Math.min(Math.max(u[i]!, lower), upper);
    },
  };
}

/** Of the normal cone of the Euclidean ball around 0. */
export function ballResolvent(radius: number): Resolvent {
  requireFinite("radius", radius, 0);
  return {
    apply: (u) => {
      let squares = 0;
      for (let i = 0; i < u.length; i++) squares += u[i]! * u[i]!;
      const norm = Math.sqrt(squares);
      if (norm > radius) for (let i = 0; i < u.length; i++) u[i]! *= radius / norm;
    },
  };
}

/** Of the normal cone of a product of simplices: the first `sizes[0]` coordinates form one, and so on. */
export function simplexResolvent(sizes: readonly number[]): Resolvent {
  for (const [k, size] of sizes.entries()) requireInteger(`sizes[${k}]`, size, 1);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return {
    apply: (u) => {
      if (u.length !== total) throw new InvalidInputError("u", `expected ${total} elements, got ${u.length}`);
      let start = 0;
      for (const size of sizes) {
        projectSimplexPart(u, start, start + size);
        start += size;
      }
    },
  };
}

/** Applies one resolvent to the first `size` coordinates and another to the rest. */
export function splitResolvent(size: number, first: Resolvent, rest: Resolvent): Resolvent {
  requireInteger("size", size, 0);
  return {
    apply: (u, eta) => {
      first.apply(u.subarray(0, size), eta);
      rest.apply(u.subarray(size), eta);
    },
  };
}
