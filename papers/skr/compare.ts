import { defineTask } from "ockham/parallel";
import { type PreconditionerKind, SequenceSolver, type SequenceSolverOptions, sortSystems } from "ockham/pde";
import { type Family, systemsOf } from "./families.ts";

/** Methods that solve the same systems, in the order in which tables list them. */
export const methods = ["gmres", "cold", "skr", "unsorted"] as const;
export type Method = (typeof methods)[number] | "cg";

export const methodNames: Readonly<Record<Method, string>> = {
  gmres: "GMRES(40)",
  cold: "GCRO-DR, cold",
  skr: "SKR",
  unsorted: "SKR, unsorted",
  cg: "CG + IC(0)",
};

export interface Comparison {
  readonly family: Family;
  readonly n: number;
  readonly count: number;
  readonly seed: number;
  readonly precond: PreconditionerKind;
  readonly methods: readonly Method[];
  readonly carry?: "preconditioned" | "physical";
  readonly delta?: boolean;
}

/** Means over the systems. */
export interface MethodResult {
  readonly method: Method;
  readonly iterations: number;
  readonly matvecs: number;
  /** Time of a solve. */
  readonly seconds: number;
  /** Largest true relative residual of the systems that converged. */
  readonly worstResidual: number;
  readonly unconverged: number;
  readonly delta?: number;
}

const tol = 1e-8;

/**
 * All methods on the systems of one family. They take turns, one system each, so that a machine whose load changes
 * slows all of them alike.
 */
export const compare = defineTask({
  name: "skr/compare",
  module: import.meta.url,
  run: async (input: Comparison, context): Promise<readonly MethodResult[]> => {
    const { family, n, count, seed, precond, carry, delta } = input;
    const systems = systemsOf(family, seed, count, n);
    const sorted = await sortSystems(systems.map(({ params }) => params!));
    const plain = Int32Array.from(sorted, (_, i) => i);
    const transfer = {
      ...(carry === undefined ? {} : { carry }),
      // The sorted and the unsorted solver meet the same matrices.
      ...(delta === true ? { delta: new WeakMap() } : {}),
    };
    const settings: Readonly<Record<Method, SequenceSolverOptions>> = {
      gmres: { solver: "gmres", precond },
      cold: { recycle: false, precond },
      skr: { precond, ...transfer },
      unsorted: { precond, ...transfer },
      cg: { solver: "cg", precond: "ic0" },
    };
    // Compiles every method and its recycling; not timed, and forgotten.
    for (const method of input.methods) {
      const solver = new SequenceSolver({ ...settings[method], delta: false, tol });
      for (let pass = 0; pass < 3; pass++) solver.solve(systems[pass % count]!.A, systems[pass % count]!.b);
    }
    const runs = input.methods.map((method) => ({
      method,
      order: method === "skr" ? sorted : plain,
      solver: new SequenceSolver({ ...settings[method], tol }),
      totals: { iterations: 0, matvecs: 0, seconds: 0, worstResidual: 0, unconverged: 0, delta: 0 },
    }));
    for (let place = 0; place < count; place++) {
      for (const { order, solver, totals } of runs) {
        context.signal.throwIfAborted();
        const { A, b } = systems[order[place]!]!;
        const solved = solver.solve(A, b);
        totals.iterations += solved.iterations;
        totals.matvecs += solved.matvecs;
        totals.seconds += solved.seconds;
        if (solved.converged) totals.worstResidual = Math.max(totals.worstResidual, solved.relResidual);
        else totals.unconverged++;
        totals.delta += place === 0 ? 0 : (solved.delta ?? 0);
      }
      context.progress(place + 1, count);
      // Lets an abort through between two systems.
      await new Promise((resolve) => setTimeout(resolve));
    }
    return runs.map(({ method, totals }) => ({
      method,
      iterations: totals.iterations / count,
      matvecs: totals.matvecs / count,
      seconds: totals.seconds / count,
      worstResidual: totals.worstResidual,
      unconverged: totals.unconverged,
      ...(delta === true ? { delta: totals.delta / (count - 1) } : {}),
    }));
  },
});
