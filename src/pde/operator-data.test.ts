import { NumericalError, type Progress } from "ockham";
import {
  generateOperatorData,
  type OperatorDataOptions,
  type OperatorGroup,
  operatorEquations,
} from "ockham/pde";
import { helmholtzFd, multiplyVector } from "ockham/sparse";
import { describe, expect, test } from "vitest";

async function collect(options: Omit<OperatorDataOptions, "onGroup">): Promise<OperatorGroup[]> {
  const groups: OperatorGroup[] = [];
  await generateOperatorData({
    ...options,
    onGroup: (group) => {
      groups.push(group);
    },
  });
  return groups.sort((a, b) => a.group - b.group);
}

describe("training data", () => {
  test.each(operatorEquations)("of %s is the same for the same seed, and pairs differ", async (equation) => {
    const options = { equation, n: 8, count: 3, groupSize: 2, time: 0.1 };
    const [first, second] = await collect(options);
    expect([first!.size, second!.size, second!.first]).toEqual([2, 1, 2]);
    const again = await collect(options);
    expect(again[0]!.outputs).toEqual(first!.outputs);
    expect((await collect({ ...options, seed: 1 }))[0]!.inputs).not.toEqual(first!.inputs);
    expect(first!.inputs.slice(0, 64)).not.toEqual(first!.inputs.slice(64));
  });

  test("of Helmholtz's equation solves it", async () => {
    const [group] = await collect({ equation: "helmholtz", n: 12, count: 2 });
    for (let i = 0; i < 2; i++) {
      const k2 = group!.inputs.slice(144 * i, 144 * (i + 1));
      const f = multiplyVector(helmholtzFd(12, k2), group!.outputs.slice(144 * i, 144 * (i + 1)));
      for (const value of f) expect(value).toBeCloseTo(1, 6);
    }
  });

  test("is made only for the groups that are wanted, and a pair does not depend on the others'", async () => {
    const options = { equation: "darcy", n: 8, count: 6, groupSize: 2 } as const;
    const all = await collect(options);
    const some = await collect({ ...options, skip: (group) => group !== 1 });
    expect(some.map(({ group }) => group)).toEqual([1]);
    expect(some[0]!.outputs).toEqual(all[1]!.outputs);
  });

  test("reports progress up to the number of pairs", async () => {
    const seen: Progress[] = [];
    await collect({
      equation: "darcy",
      n: 8,
      count: 4,
      groupSize: 2,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.at(-1)).toEqual({ done: 4, total: 4 });
    for (const [i, { done }] of seen.entries()) expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0);
  });

  test("stops with the signal's reason", async () => {
    const reason = new Error("stopped");
    const call = collect({ equation: "darcy", n: 8, count: 2, signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
  });

  test("names the pair that could not be solved, and gives none in its place", async () => {
    const error = await collect({ equation: "darcy", n: 8, count: 1, tol: 0 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NumericalError);
    expect((error as Error).message).toMatch(/pair 0 did not converge/);
  });

  test("refuses options that do not fit, by name", async () => {
    const options = { equation: "darcy", n: 8, count: 1 } as const;
    await expect(collect({ ...options, n: 1 })).rejects.toThrow(/^options.n:/);
    await expect(collect({ ...options, count: 0 })).rejects.toThrow(/^options.count:/);
    await expect(collect({ ...options, groupSize: 0 })).rejects.toThrow(/^options.groupSize:/);
    await expect(collect({ ...options, equation: "helmholtz", method: "cg" })).rejects.toThrow(
      /^options.method: "cg" needs a positive definite matrix/,
    );
    await expect(collect({ ...options, mesh: 3 } as never)).rejects.toThrow(/options.mesh: unknown option/);
  });
});
