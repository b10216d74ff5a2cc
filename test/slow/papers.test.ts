import type { Progress } from "ockham";
import { type PaperResult, runPaper } from "ockham/paper";
import { type Pool, threadPool } from "ockham/parallel";
import { figureToSvg, requireReport } from "ockham/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { papers } from "../../papers/index.ts";

// Every paper's quick experiment. That a claim is missed is a matter for `ockham verify`, not for the tests:
// here experiments must run, and their reports be complete.

let pool: Pool;
beforeAll(() => {
  pool = threadPool();
});
afterAll(() => pool.close());

describe.each(Object.entries(papers))("%s", (id, load) => {
  test("has a quick experiment whose report fits the schema", async () => {
    const paper = await load();
    const { report, figures } = await runPaper(paper, { mode: "quick", pool });
    expect(requireReport(id, JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(report.claims.length).toBeGreaterThan(0);
    for (const figure of figures) expect(await figureToSvg(figure)).toMatch(/^<svg /);
  });

  test("stops when it is aborted in the middle", async ({ skip }) => {
    const paper = await load();
    const controller = new AbortController();
    const reason = new Error("stopped");
    setTimeout(() => controller.abort(reason), 500);
    // The fastest experiments are over before that.
    const onProgress = ({ done, total }: Progress): void => {
      if (done >= total / 10) controller.abort(reason);
    };
    const options = { mode: "quick", pool, signal: controller.signal, onProgress } as const;
    const outcome = await runPaper(paper, options).catch((error: unknown) => error);
    const skipped = (outcome as Partial<PaperResult>).report?.claims[0]?.skipped;
    if (skipped !== undefined) skip(skipped);
    expect(outcome).toBe(reason);
  });
});

test("the papers that can be run are loaded lazily and by their id", async () => {
  for (const [id, load] of Object.entries(papers)) expect((await load()).id).toBe(id);
});
