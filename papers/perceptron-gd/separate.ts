import type { CsrMatrix } from "ockham/array";
import { fitSeparator, type MaxMargin, maxMargin, type SeparatorMethod } from "ockham/optim";
import { defineTask } from "ockham/parallel";

export interface SeparateInput {
  readonly x: CsrMatrix;
  readonly y: Float64Array;
  readonly method: SeparatorMethod;
  readonly stepSize: number;
  readonly maxIterations: number;
  /** Records the course of the loss. */
  readonly record: boolean;
}

export interface SeparateOutput {
  readonly iterations: number;
  readonly separated: boolean;
  readonly misclassified: number;
  /** Logistic loss of the last iterate that does not separate. */
  readonly lossBefore: number;
  readonly course: { readonly iterations: readonly number[]; readonly losses: readonly number[] };
}

/** One method on one data set. */
export const separateTask = defineTask({
  name: "papers/perceptron-gd/separate",
  module: import.meta.url,
  run: async (input: SeparateInput, { signal }): Promise<SeparateOutput> => {
    const { x, y, method, stepSize, maxIterations } = input;
    let before = new Float64Array(x.cols);
    let latest = new Float64Array(x.cols);
    const { iterations, separated, misclassified, history } = await fitSeparator(x, y, {
      method,
      stepSize,
      maxIterations,
      signal,
      recordEvery: input.record ? 10 : 0,
      onIterate: (_, theta) => {
        [before, latest] = [latest, before];
        latest.set(theta);
      },
    });
    const {
      history: [state],
    } = await fitSeparator(x, y, { initial: before, maxIterations: 0, signal });
    return {
      iterations,
      separated,
      misclassified: misclassified.length,
      lossBefore: state!.loss,
      course: { iterations: history.map((at) => at.iteration), losses: history.map((at) => at.loss) },
    };
  },
});

/** The largest margin, or what is known of it after a number of passes. */
export const marginTask = defineTask({
  name: "papers/perceptron-gd/margin",
  module: import.meta.url,
  run: (
    { x, y, maxPasses }: { x: CsrMatrix; y: Float64Array; maxPasses: number },
    { signal },
  ): Promise<MaxMargin> => maxMargin(x, y, { tolerance: 1e-3, maxPasses, signal }),
});
