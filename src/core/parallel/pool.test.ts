import { afterAll, describe, expect, test } from "vitest";
import {
  blasThreads,
  busy,
  fails,
  fillShared,
  patient,
  square,
  sums,
  where,
  winding,
} from "../../../test/fixtures/tasks.ts";
import { InvalidInputError, NumericalError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { defineTask, inlinePool, onPoolActivity, type Pool, TaskError, threadPool } from "./index.ts";

const threadsBefore = process.env.OPENBLAS_NUM_THREADS;
const pools: Record<string, Pool> = { inline: inlinePool(), threads: threadPool({ threads: 2 }) };
afterAll(async () => {
  for (const pool of Object.values(pools)) await pool.close();
});

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(Object.entries(pools))("%s pool", (kind, pool) => {
  test("returns outputs in the order of the inputs", async () => {
    const inputs = Array.from({ length: 20 }, (_, x) => ({ x }));
    expect(await pool.map(square, inputs)).toEqual(inputs.map(({ x }) => x * x));
    expect(await pool.map(square, [])).toEqual([]);
  });

  test("carries typed arrays in and out", async () => {
    const input = Float64Array.of(1, 2, 3);
    expect(await pool.run(sums, input)).toEqual(Float64Array.of(1, 3, 6));
    expect(input).toEqual(Float64Array.of(1, 2, 3));
  });

  test("lets tasks write into shared memory", async () => {
    const shared = new SharedArrayBuffer(32);
    await pool.map(
      fillShared,
      [0, 1, 2, 3].map((at) => ({ shared, at })),
    );
    expect([...new Float64Array(shared)]).toEqual([1, 2, 3, 4]);
  });

  test("reports progress that grows and ends at the total", async () => {
    for (const run of [
      (onProgress: (p: Progress) => void) => pool.run(sums, new Float64Array(50), { onProgress }),
      (onProgress: (p: Progress) => void) =>
        pool.map(sums, [new Float64Array(50), new Float64Array(0), new Float64Array(9)], { onProgress }),
      (onProgress: (p: Progress) => void) => pool.run(square, { x: 2 }, { onProgress }),
    ]) {
      const seen: Progress[] = [];
      await run((progress) => seen.push(progress));
      expect(seen.length).toBeGreaterThan(0);
      for (const [i, { done, total }] of seen.entries()) {
        expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0);
        expect(done).toBeLessThanOrEqual(total);
      }
      expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    }
  });

  test("reports a task that throws with the task's name and a summary of its input", async () => {
    const error = (await rejection(
      pool.run(fails, { with: "plain", data: new Float64Array(1000) }),
    )) as TaskError;
    expect(error).toBeInstanceOf(TaskError);
    expect(error.message).toBe(
      'task fixture/fails failed: boom (input: { with: "plain", data: Float64Array(1000) })',
    );
    expect((error.cause as Error).stack).toContain("fixtures/tasks.ts");
  });

  test("keeps the class and fields of InvalidInputError and NumericalError", async () => {
    const data = new Float64Array(2);
    const bad = (await rejection(pool.run(fails, { with: "bad-input", data }))) as InvalidInputError;
    expect(bad).toBeInstanceOf(InvalidInputError);
    expect(bad.argument).toBe("options.dim");
    expect(bad.message).toContain("options.dim: expected more (task fixture/fails, input: {");
    const broke = (await rejection(pool.run(fails, { with: "breakdown", data }))) as NumericalError;
    expect(broke).toBeInstanceOf(NumericalError);
    expect(broke.diagnostics).toEqual({ pivot: 3 });
  });

  test("a failing input fails the whole map, and the pool goes on", async () => {
    const inputs = ["plain", "plain", "plain"].map((how) => ({ with: how, data: new Float64Array(1) }));
    await expect(pool.map(fails, inputs)).rejects.toThrow("boom");
    expect(await pool.run(square, { x: 3 })).toBe(9);
  });

  test("an aborted signal stops before anything runs", async () => {
    const reason = new Error("stopped");
    const signal = AbortSignal.abort(reason);
    expect(await rejection(pool.run(square, { x: 1 }, { signal }))).toBe(reason);
    expect(await rejection(pool.map(square, [{ x: 1 }], { signal }))).toBe(reason);
  });

  test("an abort stops a waiting task with the signal's reason", async () => {
    const reason = new Error("stopped");
    const controller = new AbortController();
    const outcome = rejection(pool.run(patient, null, { signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 20);
    expect(await outcome).toBe(reason);
    expect(await pool.run(square, { x: 3 })).toBe(9);
  });

  test("tasks can tell whether they are on a worker", async () => {
    expect(await pool.run(where, undefined)).toBe(kind === "threads");
  });
});

describe("thread pool", () => {
  const pool = pools.threads!;

  test("an abort ends a busy loop within two seconds and the pool goes on", async () => {
    const controller = new AbortController();
    const started = performance.now();
    const outcome = rejection(
      pool.map(busy, Array(4).fill({ milliseconds: 60_000 }), { signal: controller.signal }),
    );
    setTimeout(() => controller.abort(new Error("stopped")), 300);
    expect(await outcome).toEqual(new Error("stopped"));
    expect(performance.now() - started).toBeLessThan(2300);
    expect(await pool.run(square, { x: 5 })).toBe(25);
  });

  test("a stopped task may come to its end before its thread is taken", async () => {
    const controller = new AbortController();
    const shared = new SharedArrayBuffer(8);
    const state = new Float64Array(shared);
    const outcome = rejection(pool.run(winding, { shared }, { signal: controller.signal }));
    await expect.poll(() => state[0], { timeout: 10_000 }).toBe(1);
    controller.abort(new Error("stopped"));
    expect(await outcome).toEqual(new Error("stopped"));
    expect(state[0]).toBe(2);
  });

  test("a worker that dies is reported with the input that it had, and the pool goes on", async () => {
    const error = await rejection(pool.run(fails, { with: "exit", data: new Float64Array(3) }));
    expect(error).toBeInstanceOf(TaskError);
    expect((error as Error).message).toMatch(/fixture\/fails failed: .*data: Float64Array\(3\)/);
    expect(await pool.run(square, { x: 5 })).toBe(25);
  });

  test("an input or output that cannot be copied to a thread is reported", async () => {
    const uncloneable = { x: 1, f: () => 1 } as { x: number };
    await expect(pool.run(square, uncloneable)).rejects.toThrow(
      /fixture\/square failed: .*could not be cloned/,
    );
    const data = new Float64Array(1);
    await expect(pool.run(fails, { with: "function", data })).rejects.toThrow(/could not be cloned/);
    expect(await pool.run(square, { x: 5 })).toBe(25);
  });

  test("keeps BLAS to one thread while it is open and restores the setting", async () => {
    expect(await pool.run(blasThreads, undefined)).toBe("1");
    const seen: boolean[] = [];
    onPoolActivity((active) => seen.push(active));
    const second = threadPool({ threads: 1 });
    await second.close();
    await second.close();
    expect(seen).toEqual([true]);
    await pool.close();
    expect(seen).toEqual([true, false]);
    expect(process.env.OPENBLAS_NUM_THREADS).toBe(threadsBefore);
  });

  test("refuses bad options", () => {
    expect(() => threadPool({ threads: 0 })).toThrow(
      "options.threads: expected a whole number from 1 to 256",
    );
    expect(() => threadPool({ thread: 1 } as object)).toThrow("options.thread: unknown option");
  });
});

test("two modules cannot define a task of the same name", () => {
  const run = () => 1;
  expect(() => defineTask({ name: "fixture/square", module: "file:///elsewhere.ts", run })).toThrow(
    InvalidInputError,
  );
});
