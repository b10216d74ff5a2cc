import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { randomMatrix } from "../../../test/support/matrices.ts";
import { environment } from "../environment.ts";
import { threadPool } from "../parallel/index.ts";
import { lapackInfo, matmul, setBlasThreads, svd, useLapack } from "./index.ts";
import { platform as browser } from "./lapack/platform.browser.ts";

afterEach(() => useLapack("auto"));

test("the portable provider can be asked for, and says how to leave it", () => {
  useLapack("portable");
  expect(lapackInfo()).toMatchObject({ provider: "portable", setting: "portable" });
  expect(lapackInfo().advice).toMatch(/auto/);
});

test("a library that cannot be used is refused by name, and the provider in use stays", () => {
  useLapack("portable");
  expect(() => useLapack("/nowhere/liblapack.so")).toThrow(/\/nowhere\/liblapack\.so/);
  expect(lapackInfo().provider).toBe("portable");
  expect(() => useLapack("")).toThrow(/choice/);
});

test("a library without LAPACK is refused", () => {
  const library =
    process.platform === "win32"
      ? "kernel32.dll"
      : process.platform === "darwin"
        ? "libSystem.dylib"
        : "libm.so.6";
  expect(() => useLapack(library)).toThrow(/cannot use this LAPACK/);
});

test("the environment variable decides when nothing else does, and a wrong one is an error, not a slow run", () => {
  const run = (setting: string) =>
    execFileSync(
      process.execPath,
      [
        "--conditions=ockham-source",
        "--input-type=module",
        "-e",
        "const { lapackInfo } = await import('ockham/linalg'); try { console.log(lapackInfo().provider) } catch (e) { console.log(e.name, e.message) }",
      ],
      { env: { ...process.env, OCKHAM_LAPACK: setting }, encoding: "utf8" },
    );
  expect(run("off")).toBe("portable\n");
  expect(run("none")).toBe("portable\n");
  expect(run("/nowhere.so")).toMatch(/^InvalidInputError OCKHAM_LAPACK: .*\/nowhere\.so/);
});

test("in a browser there is no library to find, and the advice says where there is one", () => {
  expect(browser.find(undefined).library).toBeUndefined();
  expect(browser.find("/usr/lib/liblapack.so").problems).toEqual(["browsers cannot load native libraries"]);
  expect(browser.advice).toMatch(/Node/);
});

describe.runIf(lapackInfo().provider === "lapack")("with a system library", () => {
  test("it is named with its vendor", () => {
    const { library, vendor, setting } = lapackInfo();
    expect(setting).toBe("auto");
    expect(library).toMatch(/./);
    expect(vendor).toMatch(/./);
  });

  test("naming its path gives the same provider", () => {
    const { library } = lapackInfo();
    useLapack(library!);
    expect(lapackInfo()).toMatchObject({ provider: "lapack", library, setting: library });
  });

  test("both providers give the same vectors, signs included", () => {
    const a = randomMatrix(30, 12);
    const fast = svd(a);
    useLapack("portable");
    const portable = svd(a);
    for (const name of ["u", "vt"] as const)
      fast[name].data.forEach((value, i) => {
        expect(value).toBeCloseTo(portable[name].data[i]!, 11);
      });
  });

  test("the number of threads is set and given back", () => {
    const before = setBlasThreads(1);
    if (before === undefined) return;
    expect(lapackInfo().threads).toBe(1);
    expect(matmul(randomMatrix(2, 2), randomMatrix(2, 2)).shape).toEqual([2, 2]);
    setBlasThreads(before);
    expect(lapackInfo().threads).toBe(before);
    expect(() => setBlasThreads(0)).toThrow(/count/);
  });

  test("it computes with one thread while a pool is open, and as set before when the pool has closed", async () => {
    if (lapackInfo().threads === undefined) return;
    setBlasThreads(2);
    const pool = threadPool({ threads: 1 });
    expect(lapackInfo().threads).toBe(1);
    setBlasThreads(3);
    expect(lapackInfo().threads).toBe(1);
    await pool.close();
    expect(lapackInfo().threads).toBe(3);
    setBlasThreads(availableParallelism());
  });

  test("it is named in the environment of results", () => {
    matmul(randomMatrix(2, 2), randomMatrix(2, 2));
    expect(environment().lapack).toBe(lapackInfo().vendor);
    useLapack("portable");
    expect(environment().lapack).toBe("portable");
  });
});
