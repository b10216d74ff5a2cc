import { fromNested } from "ockham/array";
import { srht } from "ockham/linalg";
import type { Registration } from "./registration.ts";

/** A tall design of full rank and a right-hand side outside its range. */
const tall = () =>
  fromNested(Array.from({ length: 40 }, (_, i) => [1, i / 40, Math.cos(i), Math.sin(2 * i)]));
const wave2 = () => Float64Array.from({ length: 120 }, (_, i) => Math.sin(i * i));
const wave = () => Float64Array.from({ length: 40 }, (_, i) => Math.sin(i * i));

export const registration: Registration = {
  methods: {
    sketchRows: {
      args: () => ({ n: 1e6, d: 10, options: {} }),
      invalid: { epsilon: [0, Number.NaN], delta: [0, 2], rule: ["best"] },
    },
    sketchedLeastSquares: {
      args: () => ({ a: tall(), b: wave(), options: { rows: 12 } }),
      seeded: true,
      invalid: { rows: [3, 5.5], sketch: ["dense"], epsilon: [0], delta: [2], refine: [-1] },
    },
    tensorRegression: {
      args: () => ({ a1: fromNested([[1], [2], [4]]), a2: tall(), b: wave2(), options: { rows: 24 } }),
      seeded: true,
      invalid: { rows: [3], epsilon: [0], delta: [2] },
    },
    coordinateEmbeddingError: {
      args: () => ({ sketch: srht(8, 3), g: Float64Array.of(1, 2, 3), h: Float64Array.of(0, 1, 1) }),
    },
  },
  notMethods: {
    "work in place on a vector; tested beside them": [
      "projectBall",
      "projectBox",
      "projectSimplex",
      "softThreshold",
    ],
  },
};
