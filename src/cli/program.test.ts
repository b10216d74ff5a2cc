import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Paper } from "ockham/paper";
import { requireReport } from "ockham/report";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCli } from "./program.ts";
import { progressDisplay } from "./progress-display.ts";
import { didYouMean } from "./suggest.ts";

// Papers of the tests' own: one that passes (and misses with five seeds), one without data, one that is broken.
const { papers, checkout } = vi.hoisted(() => {
  const fixture = async () => (await import("../../test/fixtures/paper.ts")).fixturePaper;
  return {
    checkout: { root: undefined as string | undefined },
    papers: {
      fixture,
      skipped: async (): Promise<Paper> => ({
        ...(await fixture()),
        id: "skipped",
        experiment: async () => ({ claims: { sum: { skipped: "no data" }, time: { skipped: "no data" } } }),
      }),
      broken: async (): Promise<Paper> => ({
        ...(await fixture()),
        id: "broken",
        experiment: async () => {
          throw new TypeError("a slip");
        },
      }),
    },
  };
});
vi.mock("../../papers/index.ts", () => ({
  papers,
  paperIds: ["fixture", "skipped", "broken", "planned"],
  factsOf: (id: string) => ({ id, title: id, year: 2020, field: "graph", summary: `About ${id}.` }),
}));
vi.mock("./package-root.ts", () => ({ checkoutRoot: () => checkout.root, packageVersion: () => "1.2.3" }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-program-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function cli(...args: string[]) {
  let stdout = "";
  let stderr = "";
  const status = await runCli(args, {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    signal: new AbortController().signal,
    colors: false,
  });
  return { status, stdout, stderr };
}

const run = (...args: string[]) => cli("run", ...args, "--threads", "1", "--out", folder);

describe("ockham run", () => {
  test("prints the claims, writes report, figures and markdown, and ends with 0", async () => {
    const { status, stdout, stderr } = await run("fixture");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/Squares considered useful \(2020\)/);
    expect(stdout).toMatch(/the squares of 1 to 3 add up .* 14 .* 14 .* >= 14 .* pass/);
    expect(stdout).toContain(`Report: ${folder}/fixture.md`);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      "fixture",
      "fixture.json",
      "fixture.md",
      "fixture/squares.svg",
    ]);
  });

  test("prints with --json one report, the same that it writes, and nothing else", async () => {
    const { status, stdout } = await run("fixture", "--json");
    expect(status).toBe(0);
    expect(requireReport("stdout", JSON.parse(stdout))).toEqual(
      JSON.parse(readFileSync(join(folder, "fixture.json"), "utf8")),
    );
  });

  test("prints several reports as one array", async () => {
    const { stdout } = await run("fixture", "skipped", "--json");
    expect(JSON.parse(stdout).map(({ id }: { id: string }) => id)).toEqual(["fixture", "skipped"]);
  });

  test("ends with 1 when a claim missed its bar", async () => {
    const { status, stdout } = await run("fixture", "--full", "--seeds", "5");
    expect(status).toBe(1);
    expect(stdout).toMatch(/11 s \(sd 1\.6, 5 seeds\) .* <= 10 s .* MISS/);
    expect(stdout).toContain("A claim missed its bar");
  });

  test("keeps the results of a full run in a checkout, unless it had fewer seeds than the paper wants", async () => {
    checkout.root = join(folder, "checkout");
    try {
      await run("fixture");
      await run("fixture", "--full", "--seeds", "2");
      expect(readdirSync(folder)).not.toContain("checkout");
      await run("fixture", "--full");
      expect(readdirSync(join(folder, "checkout/results")).sort()).toEqual(["fixture", "fixture.json"]);
    } finally {
      checkout.root = undefined;
    }
  });

  test("ends with 0 when claims were skipped, and says so", async () => {
    const { status, stdout } = await run("skipped");
    expect(status).toBe(0);
    expect(stdout).toMatch(/no data .* skipped/);
    expect(stdout).toContain("Some claims were skipped");
  });

  test("refuses papers that are not there", async () => {
    expect(await run("fixtur")).toMatchObject({
      status: 2,
      stderr: 'ockham: paper: no paper is called "fixtur" (did you mean fixture?)\n',
    });
    expect(await run("planned")).toMatchObject({ status: 2 });
    expect(await run("fixture", "--seeds", "0")).toMatchObject({
      status: 2,
      stderr: "ockham: --seeds: expected a whole number from 1 to 100, got 0\n",
    });
  });

  test("ends with 70 and a stack when the program itself is at fault", async () => {
    const { status, stdout, stderr } = await run("broken");
    expect([status, stdout]).toEqual([70, ""]);
    expect(stderr).toMatch(/unexpected error: TypeError: a slip\n\s+at /);
  });
});

describe("ockham verify", () => {
  test("scores every paper, those that fail included, and ends with 1", async () => {
    const { status, stdout } = await cli("verify", "--threads", "1");
    expect(status).toBe(1);
    expect(stdout).toMatch(/fixture .* 1 of 1 .* pass/);
    expect(stdout).toMatch(/skipped .* 0 of 1 .* skipped/);
    expect(stdout).toMatch(/broken .* failed: /);
  });

  test("prints with --json one document", async () => {
    const { stdout } = await cli("verify", "--json", "--threads", "1");
    expect(JSON.parse(stdout)).toMatchObject([{ id: "fixture" }, { id: "skipped" }, { id: "broken" }]);
  });
});

test("ockham list tells which papers can be run", async () => {
  const { stdout } = await cli("list", "--json");
  expect(JSON.parse(stdout).map(({ runnable }: { runnable: boolean }) => runnable)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("an aborted command rejects with the reason", async () => {
  const reason = new Error("stopped");
  const quiet = { write: () => true };
  await expect(
    runCli(["run", "fixture"], {
      stdout: quiet,
      stderr: quiet,
      signal: AbortSignal.abort(reason),
      colors: false,
    }),
  ).rejects.toBe(reason);
});

test("progress off a terminal is a plain line now and then", () => {
  vi.useFakeTimers();
  try {
    let stderr = "";
    const { onProgress, stop } = progressDisplay(
      {
        stdout: { write: () => true },
        stderr: { write: (text: string) => (stderr += text) },
        signal: new AbortController().signal,
        colors: false,
        fail: () => {},
      },
      "work",
    );
    for (let done = 0; done <= 100; done++) {
      onProgress({ done, total: 100, stage: "counting" });
      vi.advanceTimersByTime(100);
    }
    stop();
    expect(stderr).toBe("work: 50 % (counting)\nwork: 100 % (counting)\n");
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ["fastpr", " (did you mean fastrp?)"],
  ["FASTRP", " (did you mean fastrp?)"],
  ["zzzzzz", ""],
])("a suggestion for %s reads %j", (word, text) => {
  expect(didYouMean(word, ["fastrp", "skr", "list"])).toBe(text);
});
