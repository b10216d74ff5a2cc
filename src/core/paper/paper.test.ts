import { describe, expect, test } from "vitest";
import { fixturePaper } from "../../../test/fixtures/paper.ts";
import { type Dataset, DatasetUnavailableError } from "../data/index.ts";
import { InvalidInputError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { barText, meetsBar } from "./bar.ts";
import { definePaper, type Outcome, type Paper, type PaperDefinition, type Run, runPaper } from "./index.ts";

const change = (changes: Partial<PaperDefinition>): Paper => definePaper({ ...fixturePaper, ...changes });
const measuring = (claims: Outcome["claims"]): Paper => change({ experiment: async () => ({ claims }) });

describe("bars", () => {
  test.each([
    [{ atLeast: 0.5 }, ">= 0.5", [0.5, 1], [0.49]],
    [{ atMost: 20 }, "<= 20", [20, -1], [20.1]],
    [{ between: [0.9, 1.1] as const }, "0.9 to 1.1", [0.9, 1.1], [0.8, 1.2]],
  ])("%j reads %s", (bar, text, meeting, missing) => {
    expect(barText(bar)).toBe(text);
    for (const value of meeting) expect(meetsBar(value, bar)).toBe(true);
    for (const value of missing) expect(meetsBar(value, bar)).toBe(false);
  });
});

describe("a definition", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ id: "Fixture One" }, "paper.id: expected a kebab-case name"],
    [{ title: " " }, "paper.title: expected text"],
    [{ year: 3020 }, "paper.year: expected a whole number from 1900 to 2100"],
    [{ arxiv: "arXiv:1" }, "paper.arxiv: expected an arXiv number"],
    [{ field: "alchemy" }, "paper.field: expected one of"],
    [{ summary: "Short." }, "paper.summary: expected a sentence"],
    [{ claims: [] }, "paper.claims: expected at least one"],
    [{ experiment: undefined }, "paper.experiment: expected a function"],
    [{ seeds: { full: 0 } }, "paper.seeds.full: expected a whole number from 1 to 100"],
    [{ titel: "x" }, "paper.titel: unknown option"],
  ])("with %j is refused", (changes, message) => {
    expect(() => change(changes)).toThrow(message);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ bar: {} }, "paper.claims[0].bar: expected one of atLeast, atMost, between"],
    [{ bar: { atLeast: Number.NaN } }, "paper.claims[0].bar.atLeast: expected a finite number"],
    [{ bar: { quick: { atMost: 1, atLeast: 0 } } }, "paper.claims[0].bar.quick: expected one of"],
    [{ bar: { between: [2, 1] } }, "paper.claims[0].bar.between[1]: expected a finite number of at least 2"],
    [{ says: "" }, "paper.claims[0].says: expected text"],
    [{ unit: undefined }, "paper.claims[0].unit: expected a string"],
  ])("whose claim has %j is refused", (changes, message) => {
    const claims = [{ ...fixturePaper.claims[0]!, ...changes }];
    expect(() => change({ claims } as Partial<PaperDefinition>)).toThrow(message);
  });

  test("with two claims of one id is refused", () => {
    const claim = fixturePaper.claims[0]!;
    expect(() => change({ claims: [claim, claim] })).toThrow('paper.claims[1].id: "sum" occurs twice');
  });
});

describe("a run", () => {
  test("measures the claims of its mode and decides whether they pass", async () => {
    const { report, figures } = await runPaper(fixturePaper);
    expect(report).toMatchObject({ id: "fixture", mode: "quick", seeds: [0], pass: true });
    expect(report.claims).toEqual([
      {
        id: "sum",
        says: "the squares of 1 to 3 add up",
        paper: "14",
        measured: 14,
        unit: "",
        bar: ">= 14",
        pass: true,
      },
    ]);
    expect(report.figures).toEqual(["fixture/squares.svg"]);
    expect(figures).toHaveLength(1);
    expect(report.environment.node).toBe(process.versions.node);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test("states mean and spread over the seeds that the paper declares or the caller asks for", async () => {
    const { report } = await runPaper(fixturePaper, { mode: "full" });
    expect(report.claims[1]).toMatchObject({
      measured: 10,
      spread: { min: 9, max: 11, sd: 1, values: [9, 10, 11] },
      pass: true,
    });
    const more = await runPaper(fixturePaper, { mode: "full", seeds: 5 });
    expect(more.report.claims[1]).toMatchObject({ measured: 11, pass: false });
    expect(more.report.pass).toBe(false);
  });

  test("skips a claim by name and then does not pass", async () => {
    const { report } = await runPaper(measuring({ sum: { skipped: "data set cora is absent" } }));
    expect(report.claims[0]).toMatchObject({
      measured: null,
      pass: null,
      skipped: "data set cora is absent",
    });
    expect(report.pass).toBe(null);
  });

  test("skips every claim when the experiment's data cannot be had", async () => {
    const paper = change({
      experiment: async () => {
        const cora: Dataset = { name: "cora", title: "Cora", shape: "", terms: "", url: "", files: [] };
        throw new DatasetUnavailableError(cora, []);
      },
    });
    const { report } = await runPaper(paper, { mode: "full" });
    expect(report.claims.map(({ pass, skipped }) => [pass, skipped])).toEqual(
      Array(2).fill([null, "no source of the data set cora can be reached"]),
    );
  });

  test.each<[Outcome["claims"], string]>([
    [{}, "fixture.claims.sum: the experiment did not measure it in quick mode"],
    [{ sum: Number.NaN }, "fixture.claims.sum: expected finite measurements"],
    [{ sum: [] }, "fixture.claims.sum: expected finite measurements"],
    [{ sum: 1, more: 2 }, "fixture.claims.more: measured, but the paper has no such claim"],
  ])("that measured %j is an error", async (claims, message) => {
    await expect(runPaper(measuring(claims))).rejects.toThrow(message);
  });

  test("reports progress that grows and ends at the total", async () => {
    const seen: Progress[] = [];
    await runPaper(fixturePaper, { onProgress: (progress) => seen.push(progress) });
    for (const [i, { done }] of seen.entries()) expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0);
    expect(seen[0]!.done).toBe(0);
    expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    expect(seen.some(({ stage }) => stage === "squares")).toBe(true);
  });

  test("stops with the signal's reason", async () => {
    const reason = new Error("stopped");
    await expect(runPaper(fixturePaper, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = change({
      experiment: (run: Run) =>
        new Promise((_, reject) => run.signal.addEventListener("abort", () => reject(run.signal.reason))),
    });
    const running = runPaper(waiting, { signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  test("refuses options that it does not know", async () => {
    await expect(runPaper(fixturePaper, { mod: "full" } as object)).rejects.toThrow(InvalidInputError);
    await expect(runPaper(fixturePaper, { seeds: 0 })).rejects.toThrow("options.seeds");
  });
});
