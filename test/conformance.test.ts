import { existsSync } from "node:fs";
import { InvalidInputError, type Progress } from "ockham";
import { describe, expect, test } from "vitest";
import { exportedFunctions, publicSubpaths } from "./conformance/exports.ts";
import { faultsOf } from "./conformance/faults.ts";
import type { Fault, Method, Registration } from "./conformance/registration.ts";

// Every public function is held to the same rules here; test/conformance/<subpath>.ts registers a small valid
// call of each.

for (const subpath of publicSubpaths()) {
  const name = subpath === "" ? "root" : subpath;
  const file = new URL(`./conformance/${name}.ts`, import.meta.url);
  const functions = await exportedFunctions(subpath);
  const registration: Registration = existsSync(file)
    ? ((await import(file.href)) as { registration: Registration }).registration
    : { methods: {} };
  const { methods, notMethods = {} } = registration;

  describe(subpath === "" ? "ockham" : `ockham/${subpath}`, () => {
    test("registers every function that it exports, and no other", () => {
      const known = [...Object.keys(methods), ...Object.values(notMethods).flat()];
      expect(known.sort(), `registered in test/conformance/${name}.ts`).toEqual(
        Object.keys(functions).sort(),
      );
    });

    for (const [name, method] of Object.entries(methods)) {
      const callee = functions[name];
      if (callee !== undefined) describe(name, () => conform(callee, method));
    }
  });
}

type Arguments = Record<string, unknown>;

/** Methods either throw or reject: both are caught alike. */
async function invoke(callee: (...args: unknown[]) => unknown, args: Arguments): Promise<unknown> {
  return callee(...Object.values(args));
}

function refusal(callee: (...args: unknown[]) => unknown, args: Arguments): Promise<unknown> {
  return invoke(callee, args).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function conform(callee: (...args: unknown[]) => unknown, method: Method): void {
  const withOptions = (options: Arguments): Arguments => {
    const args = method.args();
    return { ...args, options: { ...(args.options as Arguments | undefined), ...options } };
  };
  const plain = (result: unknown): unknown => (method.plain ? method.plain(result as never) : result);

  test("gives the same result for the same arguments and changes none of them", async () => {
    const args = method.seeded ? withOptions({ seed: 1 }) : method.args();
    const before = copy(args);
    const first = copy(plain(await invoke(callee, args)));
    expect(copy(args)).toEqual(before);
    const again = method.seeded ? withOptions({ seed: 1 }) : method.args();
    expect(copy(plain(await invoke(callee, again)))).toEqual(first);
    expect(isFree(first, Number.isNaN), "finite input gave NaN").toBe(true);
  });

  test("gives a result that structured cloning and JSON carry", async () => {
    const result = plain(await invoke(callee, method.args()));
    expect(structuredClone(result)).toEqual(result);
    expect(() =>
      JSON.stringify(result, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
    ).not.toThrow();
  });

  const left: readonly Fault[] = method.trusts === "values" ? ["NaN", "kind"] : [];
  if (method.trusts !== "arguments")
    test("refuses spoiled arguments by name", async () => {
      const valid = method.args();
      for (const [name, value] of Object.entries(valid)) {
        for (const { fault, value: spoiled } of faultsOf(value)) {
          if (left.includes(fault) || method.accepts?.[name]?.includes(fault)) continue;
          const error = await refusal(callee, { ...method.args(), [name]: spoiled });
          expect(error, `${name} with fault ${fault}`).toBeInstanceOf(InvalidInputError);
          // Lengths that do not fit are a matter between arguments: either may be named.
          const names = fault === "empty" || fault === "shape" ? Object.keys(valid) : [name];
          expect((error as InvalidInputError).argument, `fault ${fault}`).toMatch(namedAs(...names));
        }
      }
    });

  if (method.options || method.seeded || method.long || method.invalid)
    test("refuses unknown options and values out of range by name", async () => {
      const cases: [string, unknown][] = [
        ["noSuchOption", 1],
        ...(method.seeded ? ([["seed", 0.5]] as [string, unknown][]) : []),
        ...Object.entries(method.invalid ?? {}).flatMap(([name, values]) =>
          values.map((value): [string, unknown] => [name, value]),
        ),
      ];
      for (const [name, value] of cases) {
        const error = await refusal(callee, withOptions({ [name]: value }));
        expect(error, `options.${name}`).toBeInstanceOf(InvalidInputError);
        expect((error as InvalidInputError).argument).toMatch(
          name === "seed" ? /seed$/ : namedAs(`options.${name}`),
        );
      }
    });

  if (method.seeded)
    test("gives different results for different seeds", async () => {
      const one = copy(plain(await invoke(callee, withOptions({ seed: 1 }))));
      expect(copy(plain(await invoke(callee, withOptions({ seed: 2 }))))).not.toEqual(one);
    });

  if (method.long) {
    test("reports progress that grows and ends at the total", async () => {
      const seen: Progress[] = [];
      await invoke(callee, withOptions({ onProgress: (progress: Progress) => seen.push(progress) }));
      expect(seen.length).toBeGreaterThan(1);
      for (const [i, { done, total }] of seen.entries()) {
        expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0);
        expect(done).toBeLessThanOrEqual(total);
      }
      expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    });

    test("stops with the signal's reason, aborted before or during the call", async () => {
      const reason = new Error("stopped");
      expect(await refusal(callee, withOptions({ signal: AbortSignal.abort(reason) }))).toBe(reason);
      const controller = new AbortController();
      const onProgress = () => controller.abort(reason);
      expect(await refusal(callee, withOptions({ signal: controller.signal, onProgress }))).toBe(reason);
    });
  }
}

/** One of the arguments, a part of it (`graph.adjacency.data`, `edges[3]`), but not another whose name begins alike. */
function namedAs(...names: readonly string[]): RegExp {
  return new RegExp(`^(${names.map((name) => name.replace(".", "\\.")).join("|")})($|\\W)`);
}

/** A copy to compare with later; functions, pools and signals are left out. */
function copy(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null || value instanceof AbortSignal)
    return typeof value === "function" ? undefined : value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

/** Whether no number inside the value satisfies the predicate. */
function isFree(value: unknown, predicate: (number: number) => boolean): boolean {
  if (typeof value === "number") return !predicate(value);
  if (ArrayBuffer.isView(value)) return !Array.from(value as Float64Array).some(predicate);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((inner) => isFree(inner, predicate));
}
