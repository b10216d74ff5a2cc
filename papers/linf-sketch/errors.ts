import {
  countSketch,
  gaussianSketch,
  rowSampling,
  type SketchOperator,
  sparseSignSketch,
  srht,
} from "ockham/linalg";
import { defineTask } from "ockham/parallel";
import type { Instance } from "./instances.ts";
import { sketchedSolution } from "./sketched-solution.ts";

export const sketches = [
  "SRHT",
  "SRHT, distinct rows",
  "Gaussian",
  "sparse signs, 8 a column",
  "sparse signs, 4 a column",
  "CountSketch",
  "leverage sampling",
  "uniform sampling",
] as const;

export type Sketch = (typeof sketches)[number];

interface ErrorsInput {
  readonly instance: Instance;
  readonly sketch: Sketch;
  readonly rows: number;
  readonly seeds: readonly number[];
}

/** Largest error of a coefficient, for every seed. */
export const errorsTask = defineTask({
  name: "papers/linf-sketch/errors",
  module: import.meta.url,
  run: ({ instance, sketch, rows, seeds }: ErrorsInput, context) =>
    seeds.map((seed, i) => {
      const x = sketchedSolution(instance, draw(sketch, rows, instance, seed));
      context.progress(i + 1, seeds.length);
      return x.reduce((largest, value, j) => Math.max(largest, Math.abs(value - instance.solution[j]!)), 0);
    }),
});

function draw(sketch: Sketch, m: number, { b, leverage }: Instance, seed: number): SketchOperator {
  const n = b.length;
  switch (sketch) {
    case "SRHT":
      return srht(m, n, { seed });
    case "SRHT, distinct rows":
      return srht(m, n, { seed, replace: false });
    case "Gaussian":
      return gaussianSketch(m, n, { seed });
    case "CountSketch":
      return countSketch(m, n, { seed });
    case "sparse signs, 8 a column":
      return sparseSignSketch(m, n, { seed });
    case "sparse signs, 4 a column":
      return sparseSignSketch(m, n, { seed, nonzerosPerColumn: 4 });
    case "leverage sampling":
      return rowSampling(leverage!, m, { seed });
    case "uniform sampling":
      return rowSampling(new Float64Array(n).fill(1), m, { seed });
  }
}
