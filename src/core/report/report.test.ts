import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeEnvironment } from "../environment.ts";
import { InvalidInputError } from "../errors.ts";
import {
  type ClaimResult,
  environment,
  type Figure,
  figureToSvg,
  formatNumber,
  markdownTable,
  type RunReport,
  renderClaims,
  renderTable,
  requireFigure,
  requireReport,
  requireTable,
  type Table,
  verdict,
  writeReport,
} from "./index.ts";

const table: Table = {
  id: "scores",
  title: "Scores",
  columns: [{ name: "method" }, { name: "macro-F1", digits: 3 }, { name: "time", unit: "s" }],
  rows: [
    ["FastRP|x", 0.53123, 12],
    ["RandNE", null, 0.00001234],
  ],
};

const lines: Figure = {
  id: "time",
  title: "Time against <edges> & more",
  x: { label: "edges", scale: "log" },
  y: { label: "time", unit: "ms", scale: "log" },
  series: [
    {
      name: "FastRP",
      mark: "line",
      x: [1e3, 1e4, 1e5],
      y: [1, 11, 105],
      low: [1, 9, 90],
      high: [1, 13, 120],
    },
    { name: "DeepWalk", mark: "points", x: [1e3, 1e4], y: [100, 1100] },
  ],
};

const bars: Figure = {
  id: "f1",
  title: "Macro-F1",
  x: { label: "method", scale: "category" },
  y: { label: "macro-F1" },
  series: [{ name: "macro-F1", mark: "bars", x: ["FastRP", "RandNE"], y: [0.53, 0.29] }],
};

const claims: ClaimResult[] = [
  {
    id: "quality",
    says: "it is good",
    paper: "very good",
    measured: 0.5312,
    spread: { min: 0.5, max: 0.56, sd: 0.0123, values: [0.5, 0.53, 0.56] },
    unit: "",
    bar: ">= 0.5",
    pass: true,
  },
  {
    id: "speed",
    says: "it is fast",
    paper: "4,000x",
    measured: null,
    unit: "x",
    bar: ">= 200",
    pass: null,
    skipped: "data set cora: no source can be reached",
  },
];

describe("numbers", () => {
  test.each([
    [0.123456, 3, "0.123"],
    [12345.678, 4, "12350"],
    [1234567, 3, "1234567"],
    [0.00001234, 4, "1.234e-5"],
    [1.5e12, 3, "1.5e12"],
    [-0.5, 3, "-0.5"],
    [0, 3, "0"],
  ])("%d with %d digits reads %s", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text);
  });
});

describe("tables", () => {
  test("are plain text when no colours are asked for", () => {
    for (const text of [renderTable(table), renderClaims(claims)]) expect(text).not.toContain("\u001b");
    expect(renderClaims(claims, { colors: true })).toContain("\u001b");
  });

  test("fit the width of the terminal by wrapping", () => {
    const wide = { ...table, rows: [["word ".repeat(60), 1, 2]] };
    for (const width of [60, 100]) {
      for (const line of renderTable(wide, { width }).split("\n"))
        expect(line.length).toBeLessThanOrEqual(width);
    }
    expect(renderTable(wide, { width: 60 }).match(/word/g)).toHaveLength(60);
  });

  test("state measured value, spread, bar and verdict of every claim", () => {
    const text = renderClaims(claims, { width: 200 });
    expect(text).toMatch(/it is good.*very good.*0\.531 \(sd 0\.012, 3 seeds\).*>= 0\.5.*pass/);
    expect(text).toMatch(/it is fast.*4,000x.*data set cora: no source can be reached.*>= 200 x.*skipped/);
  });

  test("are written as markdown with numbers flush right and bars escaped", () => {
    expect(markdownTable(table)).toBe(
      "| method | macro-F1 | time (s) |\n| --- | ---: | ---: |\n| FastRP\\|x | 0.531 | 12 |\n| RandNE |  | 1.234e-5 |\n",
    );
  });

  test("that do not fit their columns or hold NaN are refused", () => {
    expect(() => requireTable("t", { ...table, rows: [["a"]] })).toThrow(
      "t.rows[0]: expected 3 cells, got 1",
    );
    expect(() => requireTable("t", { ...table, rows: [["a", Number.NaN, 1]] })).toThrow(
      "t.rows[0]: expected finite numbers or null, got NaN",
    );
    expect(() => requireTable("t", { ...table, columns: [], rows: [] })).toThrow(InvalidInputError);
  });
});

describe("figures", () => {
  test.each([lines, bars])("$id is one self-contained SVG with title, axes and names", async (figure) => {
    const svg = await figureToSvg(figure);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).not.toMatch(/NaN|undefined|<figure|<foreignObject/);
    const { document } = parseHTML(svg);
    const texts = [...document.querySelectorAll("text")].map((text) => text.textContent);
    expect(texts).toContain(figure.title);
    const shown = texts.join("\n");
    expect(shown).toContain(figure.x.label);
    expect(shown).toContain(figure.y.unit ? `${figure.y.label} (${figure.y.unit})` : figure.y.label);
    if (figure === lines) for (const name of ["FastRP", "DeepWalk"]) expect(texts).toContain(name);
  });

  test("label log axes with powers of ten, never with prefixes", async () => {
    const { document } = parseHTML(await figureToSvg(lines));
    const texts = [...document.querySelectorAll("text")].map((text) => text.textContent);
    expect(texts).toContain("1e+4");
    expect(texts.filter((text) => /^\d+[mkµM]$/.test(text ?? ""))).toEqual([]);
  });

  test("that cannot be drawn are refused with the value named", () => {
    const change = (series: object, axis: object = {}) =>
      requireFigure("f", {
        ...lines,
        x: { ...lines.x, ...axis },
        series: [{ ...lines.series[0]!, ...series }],
      });
    expect(() => change({ x: [0, 1, 2] })).toThrow("f.series[0].x[0]: expected a positive number, got 0");
    expect(() => change({ y: [1, Number.NaN, 1] })).toThrow("f.series[0].y[1]: expected a positive number");
    expect(() => change({ y: [1] })).toThrow("f.series[0].y: expected 3 values as in x, got 1");
    expect(() => change({ mark: "bars" })).toThrow('"bars" needs an x axis of scale "category"');
    expect(() => change({ mark: "pie" })).toThrow("f.series[0].mark: expected one of");
    expect(() => change({}, { scale: "category" })).toThrow("f.series[0].x[0]: expected a string, got 1000");
    expect(() => requireFigure("f", { ...lines, series: [] })).toThrow("f.series: expected at least one");
    expect(() => requireFigure("f", { ...lines, series: [lines.series[0]!, lines.series[0]!] })).toThrow(
      'f.series[1].name: "FastRP" occurs twice',
    );
  });
});

test("a miss outweighs a skip, a skip outweighs a pass", () => {
  expect(verdict([true, true])).toBe(true);
  expect(verdict([true, null])).toBe(null);
  expect(verdict([null, false, true])).toBe(false);
  expect(verdict([])).toBe(null);
});

test("the environment states the machine and what modules registered while it is in use", () => {
  let engine: string | undefined;
  describeEnvironment("engine", () => engine);
  expect(environment()).toMatchObject({ node: process.versions.node, cores: expect.stringMatching(/^\d+$/) });
  expect(environment()).not.toHaveProperty("engine");
  engine = "steam 1.0";
  expect(environment().engine).toBe("steam 1.0");
});

const report: RunReport = {
  id: "fixture",
  mode: "quick",
  seeds: [0, 1, 2],
  seconds: 1.5,
  pass: null,
  claims,
  tables: [table],
  figures: ["fixture/time.svg"],
  environment: { node: "24.0.0" },
};

describe("the schema of a report", () => {
  test("is met by a report that went through JSON", () => {
    expect(requireReport("r", JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test.each<[string, object]>([
    ["r.id", { id: "" }],
    ["r.mode", { mode: "slow" }],
    ["r.seeds[0]", { seeds: ["0"] }],
    ["r.seconds", { seconds: null }],
    ["r.pass", { pass: true }],
    ["r.claims[0].says", { claims: [{ ...claims[0], says: undefined }] }],
    ["r.claims[0]", { claims: [{ ...claims[0], measured: null }] }],
    ["r.claims[0]", { claims: [{ ...claims[1], pass: true }] }],
    ["r.claims[0].spread.sd", { claims: [{ ...claims[0], spread: { min: 0, max: 1, values: [] } }] }],
    ["r.claims[0].extra", { claims: [{ ...claims[0], extra: 1 }] }],
    ["r.tables[0].rows[0][0]", { tables: [{ ...table, rows: [[{}, 1, 2]] }] }],
    ["r.tables[0].rows[0]", { tables: [{ ...table, rows: [["x"]] }] }],
    ["r.figures", { figures: "time.svg" }],
    ["r.environment.node", { environment: { node: 24 } }],
    ["r.notes", { notes: "" }],
  ])("names %s when it is at fault", (argument, changes) => {
    const error = (() => {
      try {
        requireReport("r", { ...report, ...changes });
      } catch (error) {
        return error;
      }
    })();
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).argument).toBe(argument);
  });

  test("refuses what is no object", () => {
    for (const value of [null, [], "report", undefined])
      expect(() => requireReport("r", value)).toThrow("r: expected an object");
  });
});

describe("a written report", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ockham-report-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is JSON, markdown and figures whose paths are as stated, and nothing else", async () => {
    const path = await writeReport(folder, "A fixture", report, [lines]);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      "fixture",
      "fixture.json",
      "fixture.md",
      "fixture/time.svg",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "fixture.json"), "utf8"))).toEqual(report);
    const markdown = readFileSync(path, "utf8");
    for (const part of ["# A fixture", "3 seeds", "| it is good |", "## Scores", "![time](fixture/time.svg)"])
      expect(markdown).toContain(part);
  });

  test("leaves nothing behind when a file cannot be written", async () => {
    writeFileSync(join(folder, "fixture"), "a file where the figures' folder should be");
    await expect(writeReport(folder, "A fixture", report, [lines])).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(["fixture"]);
  });
});
