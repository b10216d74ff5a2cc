import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { InvalidInputError, type LongCallOptions } from "ockham";
import { writeAtomically, writeMatrixMarket } from "ockham/io";
import {
  chebCB,
  type LearnerState,
  learnerFromJSON,
  omegaGrid,
  type ParameterLearner,
  type PreconditionerKind,
  relax,
  SequenceSolver,
  type SequenceSolverOptions,
  sortSystems,
  tsallisInf,
  tsallisInfBinned,
} from "ockham/pde";
import type { KrylovResult } from "ockham/sparse";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, exitStatus, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { findSystems, loadSystem, readRows, type SystemFiles } from "./system-files.ts";

export const solveMethods = ["skr", "gmres", "cg", "sor", "ssor-pcg"] as const;
export type SolveMethod = (typeof solveMethods)[number];
export const learnerKinds = ["tsallis-inf", "tsallis-inf-binned", "chebcb"] as const;
export type LearnerKind = (typeof learnerKinds)[number];

export interface SolveOptions {
  readonly method: SolveMethod;
  readonly out: string;
  readonly rhs?: string;
  readonly tol?: number;
  readonly maxIterations?: number;
  readonly json?: true;
  readonly precond?: PreconditionerKind;
  readonly params?: string;
  readonly sort: boolean;
  readonly recycle: boolean;
  readonly m?: number;
  readonly k?: number;
  readonly omega?: number;
  readonly learner?: LearnerKind;
  readonly context?: string;
  readonly bins?: number;
  readonly degree?: number;
  readonly seed?: number;
  readonly resume?: string;
}

/** What is told of one system. */
interface SystemReport {
  readonly matrix: string;
  readonly solution: string | null;
  readonly unknowns: number;
  readonly converged: boolean;
  readonly iterations: number;
  readonly matvecs: number;
  readonly relResidual: number;
  readonly seconds: number;
  readonly omega?: number;
  readonly reason?: string;
}

/**
 * Solves the systems of the user's one by one, so that only one is in memory, and writes each solution as soon as it is
 * there. A solution that did not converge is written as `<name>.unconverged.mtx`, never under its proper name.
 */
export async function solve(
  paths: readonly string[],
  options: SolveOptions,
  context: CliContext,
): Promise<void> {
  const { method, out } = options;
  const relaxation = method === "sor" || method === "ssor-pcg";
  refuseForeignOptions(options, relaxation);
  const display = progressDisplay(context, "solve");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const files = await findSystems(paths, options.rhs);
    const sorted = method === "skr" && options.sort && files.length > 1;
    const order = sorted
      ? await orderOf(files, options.params, stageOf(call, "sorting", 0, 0.2, 1))
      : Int32Array.from(files, (_, i) => i);
    const engine = relaxation ? await relaxationEngine(options, files.length) : krylovEngine(options);
    const reports = new Array<SystemReport>(files.length);
    const begin = sorted ? 0.2 : 0;
    for (const [place, index] of order.entries()) {
      const file = files[index]!;
      call.onProgress({
        done: begin + ((1 - begin) * place) / files.length,
        total: 1,
        stage: file.solution.slice(2),
      });
      const { A, b } = await loadSystem(file, context.signal);
      context.signal.throwIfAborted();
      const started = performance.now();
      const { result, omega } = engine.solve(A, b, index, file);
      const seconds = (performance.now() - started) / 1000;
      const converged = result.converged;
      const name = `${file.solution}${converged ? "" : ".unconverged"}.mtx`;
      // What an earlier run left under the other name would be taken for this run's.
      await rm(join(out, `${file.solution}${converged ? ".unconverged" : ""}.mtx`), { force: true });
      await writeMatrixMarket(join(out, name), result.x, { signal: context.signal });
      reports[index] = {
        matrix: file.matrix,
        solution: converged ? name : null,
        unknowns: A.rows,
        converged,
        iterations: result.iterations,
        matvecs: result.matvecs,
        relResidual: result.residuals.at(-1)!,
        seconds,
        ...(omega === undefined ? {} : { omega }),
        ...(converged
          ? {}
          : { reason: result.breakdown ?? `not converged in ${result.iterations} iterations` }),
      };
    }
    await engine.finish(out, reports);
    if (method === "skr")
      await writeText(out, "order.csv", `system\n${Array.from(order, (i) => i + 1).join("\n")}\n`);
    const failed = reports.filter(({ converged }) => !converged);
    const summary = {
      method,
      systems: files.length,
      converged: files.length - failed.length,
      iterations: reports.reduce((sum, { iterations }) => sum + iterations, 0),
      seconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
      out,
    };
    await writeText(
      out,
      "report.json",
      `${JSON.stringify({ ...summary, results: reports }, undefined, 2)}\n`,
    );
    display.stop();
    if (options.json) printJson(context, { ...summary, results: reports });
    else
      printLine(
        context.stdout,
        `${summary.converged} of ${files.length} systems solved in ${summary.seconds.toFixed(2)} s, ${(summary.iterations / files.length).toFixed(1)} iterations a system: ${out}`,
      );
    for (const { matrix, relResidual, reason } of failed)
      printLine(
        context.stderr,
        `${matrix}: not solved, relative residual ${relResidual.toExponential(2)}: ${reason}`,
      );
    if (failed.length > 0) context.fail(exitStatus.unmet);
  } finally {
    display.stop();
  }
}

/** Solves one system after the other, keeping what it learns. */
interface Engine {
  solve(
    A: Parameters<SequenceSolver["solve"]>[0],
    b: Float64Array,
    index: number,
    file: SystemFiles,
  ): { readonly result: KrylovResult; readonly omega?: number };
  finish(out: string, reports: readonly SystemReport[]): Promise<void>;
}

function krylovEngine(options: SolveOptions): Engine {
  const { method, precond, m, k, tol, maxIterations, recycle } = options;
  const settings: SequenceSolverOptions = {
    solver: method === "skr" ? "gcrodr" : (method as "gmres" | "cg"),
    ...(precond === undefined ? {} : { precond }),
    ...(m === undefined ? {} : { m }),
    ...(k === undefined ? {} : { k }),
    ...(tol === undefined ? {} : { tol }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
    recycle,
  };
  const sequence = new SequenceSolver(settings);
  return {
    // Without recycling systems need not have one size.
    solve: (A, b, _, file) => ({
      result: (method === "skr" ? sequence : new SequenceSolver(settings)).solve(A, b, file.matrix),
    }),
    finish: async () => {},
  };
}

async function relaxationEngine(options: SolveOptions, count: number): Promise<Engine> {
  const { omega, tol, maxIterations } = options;
  const solver = options.method as "sor" | "ssor-pcg";
  const limits = {
    ...(tol === undefined ? {} : { tol }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
  };
  const contexts = options.context === undefined ? undefined : await readContexts(options.context, count);
  const learner = omega === undefined ? await learnerOf(options, contexts) : undefined;
  return {
    solve: (A, b, index) => {
      const played = learner === undefined ? omega! : learner.predict(contexts?.[index]);
      const result = relax(solver, { A, b }, played, limits);
      learner?.update(result.converged ? Math.max(1, result.iterations) : (maxIterations ?? 10_000));
      return { result, omega: played };
    },
    finish: async (out, reports) => {
      const rows = reports.map(
        ({ omega, iterations }, round) => `${round + 1},${omega},${iterations},${contexts?.[round] ?? ""}`,
      );
      await writeText(out, "omega.csv", `round,omega,iterations,context\n${rows.join("\n")}\n`);
      if (learner !== undefined)
        await writeText(out, "learner.json", `${JSON.stringify(learner.toJSON(), undefined, 2)}\n`);
    },
  };
}

async function learnerOf(
  options: SolveOptions,
  contexts: readonly number[] | undefined,
): Promise<ParameterLearner> {
  if (options.resume !== undefined) {
    const text = await readFile(options.resume, "utf8").catch((cause: Error) => {
      throw new InvalidInputError(options.resume!, `cannot be read: ${cause.message}`, { cause });
    });
    let state: LearnerState;
    try {
      state = JSON.parse(text) as LearnerState;
    } catch (cause) {
      throw new InvalidInputError(options.resume, "is not the state of a learner", { cause });
    }
    return learnerFromJSON(state);
  }
  const { learner = contexts === undefined ? "tsallis-inf" : "chebcb", seed = 0 } = options;
  const grid = omegaGrid();
  if (learner === "tsallis-inf") return tsallisInf(grid, { seed });
  if (contexts === undefined)
    throw new InvalidInputError(
      "options.context",
      `missing: the learner ${learner} needs a context for each system`,
    );
  const low = contexts.reduce((a, b) => Math.min(a, b));
  const high = contexts.reduce((a, b) => Math.max(a, b));
  // Contexts that are all alike still need a range.
  const range: [number, number] = [low, high > low ? high : low + 1];
  return learner === "chebcb"
    ? chebCB(grid, { seed, degree: options.degree ?? 6, range })
    : tsallisInfBinned(grid, { seed, bins: options.bins ?? 5, range });
}

async function readContexts(path: string, count: number): Promise<readonly number[]> {
  const rows = await readRows(path, count);
  return rows.map((row) => {
    if (row.length !== 1) throw new InvalidInputError(path, `expected one column, got ${row.length}`);
    return row[0]!;
  });
}

/** Order by parameters of the user's, or by the values of the matrices, which then must have one pattern. */
async function orderOf(
  files: readonly SystemFiles[],
  params: string | undefined,
  call: LongCallOptions,
): Promise<Int32Array> {
  if (params !== undefined) return sortSystems(await readRows(params, files.length), call);
  const values: Float64Array[] = [];
  for (const file of files) {
    const { A } = await loadSystem({ ...file, rhs: undefined }, call.signal!);
    const expected = values[0]?.length ?? A.data.length;
    if (A.data.length !== expected)
      throw new InvalidInputError(
        file.matrix,
        `has ${A.data.length} entries, ${files[0]!.matrix} ${expected}: matrices of different patterns need --params to be sorted, or --no-sort`,
      );
    values.push(A.data);
  }
  return sortSystems(values, call);
}

/** An option of another method would be ignored in silence. */
function refuseForeignOptions(options: SolveOptions, relaxation: boolean): void {
  const { method } = options;
  const foreign = relaxation
    ? (["precond", "params", "m", "k"] as const)
    : (["omega", "learner", "context", "bins", "degree", "seed", "resume"] as const);
  for (const name of foreign)
    if (options[name] !== undefined)
      throw new InvalidInputError(`options.${name}`, `is no option of the method ${method}`);
  for (const name of ["params", "k"] as const)
    if (method !== "skr" && options[name] !== undefined)
      throw new InvalidInputError(`options.${name}`, `is no option of the method ${method}`);
  for (const name of ["learner", "resume", "context"] as const)
    if (options.omega !== undefined && options[name] !== undefined)
      throw new InvalidInputError(`options.${name}`, "nothing is learnt where --omega is given");
  if (options.omega !== undefined && !(options.omega > 0 && options.omega < 2))
    throw new InvalidInputError("options.omega", `must lie in (0, 2), got ${options.omega}`);
}

function writeText(folder: string, name: string, text: string): Promise<void> {
  return writeAtomically(join(folder, name), (file) => file.write(text));
}
