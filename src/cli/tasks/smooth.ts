import { InvalidInputError } from "ockham";
import { type Matrix, ndArray } from "ockham/array";
import {
  type AdditiveFunctional,
  autoregressionFamily,
  growthFamily,
  learnScoreAscent,
  momentFunctional,
  type ParametricModel,
  ppg,
  stateFunctional,
  stochasticVolatilityFamily,
} from "ockham/bayes";
import { readTable, writeAtomically } from "ockham/io";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { type SmoothingModelId, smoothingModels } from "./smoothing-models.ts";

interface SmoothingModel {
  /** Those that `toTheta` leaves out stay as given. */
  readonly family: (parameters: readonly number[]) => ParametricModel;
  readonly toTheta: (parameters: readonly number[]) => number[];
  readonly fromTheta: (theta: Float64Array) => number[];
}

/** How the parameters of a model that people state become those that are learnt, and back. */
const models: Readonly<Record<SmoothingModelId, SmoothingModel>> = {
  lg: {
    family: (p) => autoregressionFamily({ gain: p[2]!, observationNoise: p[3]! }),
    toTheta: (p) => [Math.atanh(p[0]!), Math.log(p[1]!)],
    fromTheta: (theta) => [Math.tanh(theta[0]!), Math.exp(theta[1]!)],
  },
  sv: {
    family: stochasticVolatilityFamily,
    toTheta: (p) => [Math.atanh(p[0]!), Math.log(p[1]!), Math.log(p[2]!)],
    fromTheta: (theta) => [Math.tanh(theta[0]!), Math.exp(theta[1]!), Math.exp(theta[2]!)],
  },
  growth: {
    family: growthFamily,
    toTheta: (p) => p.map(Math.log),
    fromTheta: (theta) => [...theta].map(Math.exp),
  },
};

export interface SmoothOptions {
  readonly method: "ppg";
  readonly model: SmoothingModelId;
  readonly out: string;
  readonly parameters?: readonly number[];
  readonly learn?: true;
  readonly learningSteps?: number;
  readonly particles: number;
  readonly iterations: number;
  readonly burnin?: number;
  readonly seed: number;
  readonly json?: true;
}

export async function smooth(path: string, options: SmoothOptions, context: CliContext): Promise<void> {
  if (!options.out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${options.out}`);
  if (options.burnin !== undefined && options.burnin >= options.iterations)
    throw new InvalidInputError(
      "options.burnin",
      `expected fewer than the ${options.iterations} iterations, got ${options.burnin}`,
    );
  const model = models[options.model];
  const { names, defaults } = smoothingModels[options.model];
  let parameters = [...(options.parameters ?? defaults)];
  if (parameters.length !== names.length)
    throw new InvalidInputError("options.parameters", `expected ${names.join(", ")}`);
  const start = Float64Array.from(model.toTheta(parameters));
  if (!start.every(Number.isFinite))
    throw new InvalidInputError("options.parameters", `out of range: ${parameters.join(", ")}`);
  const family = model.family(parameters);
  const display = progressDisplay(context, "smooth");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const observations = await readSeries(path, context.signal);
    const steps = observations.shape[0]!;
    const { particles, iterations, seed } = options;
    let theta = start;
    if (options.learn) {
      const learnt = await learnScoreAscent(family, observations, start, {
        particles,
        seed,
        ...(options.learningSteps === undefined ? {} : { steps: options.learningSteps }),
        ...stageOf(call, "learning", 0, 0.8, 1),
      });
      theta = learnt.theta.slice();
      const found = model.fromTheta(theta);
      parameters = [...found, ...parameters.slice(found.length)];
    }
    const result = await ppg(family.at(theta), observations, statesAndMoments(steps), {
      particles,
      iterations,
      seed,
      ...(options.burnin === undefined ? {} : { burnIn: options.burnin }),
      ...stageOf(call, "smoothing", options.learn ? 0.8 : 0, 1, 1),
    });
    const { estimate, standardError, missing } = result;
    await writeAtomically(options.out, async (file) => {
      let text = "step,mean,error\n";
      for (let t = 0; t < steps; t++) text += `${t},${estimate[t]},${standardError?.[t] ?? ""}\n`;
      await file.write(text);
    });
    display.stop();
    const named = (names: readonly string[], values: readonly number[]): Record<string, number> =>
      Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    const sums = named(["sum x", "sum x^2", "sum x x'"], [...estimate.slice(steps)]);
    const found = {
      method: options.method,
      model: options.model,
      steps,
      missing,
      parameters: named(names, parameters),
      sums,
      sumErrors: standardError === null ? null : [...standardError.slice(steps)],
      out: options.out,
    };
    if (options.json) printJson(context, found);
    else {
      printLine(context.stdout, `${steps} smoothed states, ${missing} values missing: ${options.out}`);
      for (const [name, value] of Object.entries({ ...found.parameters, ...sums }))
        printLine(context.stdout, `${name}: ${Number(value.toPrecision(6))}`);
    }
  } finally {
    display.stop();
  }
}

/** The states, then their moments. */
function statesAndMoments(steps: number): AdditiveFunctional {
  const states = stateFunctional(steps);
  const moments = momentFunctional();
  // The moments have views of the output of their own, made once for every array that is written to.
  const tails = new WeakMap<Float64Array, Float64Array>();
  const tail = (out: Float64Array): Float64Array => {
    let view = tails.get(out);
    if (view === undefined) {
      view = out.subarray(steps);
      tails.set(out, view);
    }
    return view;
  };
  return {
    dim: steps + moments.dim,
    addInitial: (x, i, out) => {
      states.addInitial(x, i, out);
      moments.addInitial(x, i, tail(out));
    },
    addIncrement: (previous, i, next, j, t, out) => {
      states.addIncrement(previous, i, next, j, t, out);
      moments.addIncrement(previous, i, next, j, t, tail(out));
    },
  };
}

async function readSeries(path: string, signal: AbortSignal): Promise<Matrix> {
  const table = await readTable(path, { signal });
  const name = table.names[0]!;
  const column = table.columns[name]!;
  if (column.kind !== "number")
    throw new InvalidInputError(`${path}, column ${name}`, "expected numbers, NA where missing");
  return ndArray("float64", [table.rows, 1], column.values);
}
