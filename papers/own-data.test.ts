import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Frame, type GivenFile, runDemo, type TableView } from "ockham/demo";
import { useLapack } from "ockham/linalg";
import { beforeAll, describe, expect, test } from "vitest";
import { demos } from "./demos.ts";
import type { PaperId } from "./index.ts";

// What demos make of files that readers give them.

beforeAll(() => {
  useLapack("portable");
});

const fileOf = (name: string, text: string): GivenFile => ({ name, bytes: new TextEncoder().encode(text) });

async function lastFrame(id: PaperId, values: Readonly<Record<string, unknown>>): Promise<Frame> {
  const demo = await demos[id]!();
  const asset = async (name: string) =>
    new Uint8Array(await readFile(join(import.meta.dirname, id, "assets", name)));
  let last: Frame | undefined;
  for await (const frame of runDemo(demo, values, {
    signal: new AbortController().signal,
    onProgress: () => {},
    asset,
  }))
    last = frame;
  return last!;
}

const tableOf = (frame: Frame): TableView => frame.views.find((view) => view.kind === "table")!;
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

/** The Laplacian of a path, in the lower triangle. */
const path = `%%MatrixMarket matrix coordinate real symmetric\n30 30 59\n${lines(30, (i) => `${i + 1} ${i + 1} 2`)}\n${lines(29, (i) => `${i + 2} ${i + 1} -1`)}\n`;

describe("a file of the reader's own", () => {
  test("of points is moved into the square, and the bridge ends at them", async () => {
    const ring = (centre: number): string =>
      `x,y\n${lines(40, (i) => `${centre + 10 * Math.cos(i)},${10 * Math.sin(i)}`)}`;
    const frame = await lastFrame("lightsb", {
      steps: 100,
      startFile: fileOf("a.csv", ring(1000)),
      endFile: fileOf("b.csv", ring(1100)),
    });
    const [plot] = frame.views as [Extract<Frame["views"][number], { kind: "plot" }>];
    for (const { x } of plot.series.slice(0, 2)) expect(Math.max(...Array.from(x, Math.abs))).toBeLessThan(2);
    const [bridge, , still] = tableOf(frame).rows;
    expect(bridge![1]).toBeLessThan(still![1] as number);
  });

  test("with a matrix is solved with shifts", async () => {
    const frame = await lastFrame("skr", { count: 4, k: 4, file: fileOf("path.mtx", path) });
    for (const [, products, residual] of tableOf(frame).rows) {
      expect(products).toBeGreaterThan(0);
      expect(residual).toBeLessThanOrEqual(1e-8);
    }
  });

  test.each([
    ["classes.csv", `a,b,c,label\n${lines(40, (i) => `${i % 2 ? 2 : -2},${Math.sin(i)},1,${i % 2}`)}`],
    ["classes.libsvm", lines(40, (i) => `${i % 2 ? 1 : -1} 1:${i % 2 ? 2 : -2} 2:${Math.sin(i)}`)],
  ])("with labelled rows is separated: %s", async (name, text) => {
    const frame = await lastFrame("perceptron-gd", { file: fileOf(name, text) });
    const [plot] = frame.views as [Extract<Frame["views"][number], { kind: "plot" }>];
    const [positive, negative] = plot.series;
    expect(Math.min(...Array.from(positive!.y))).toBeGreaterThan(0);
    expect(Math.max(...Array.from(negative!.y))).toBeLessThan(0);
  });

  test("with a model is checked in exact fractions", async () => {
    const frame = await lastFrame("one-connection", { file: fileOf("m.txt", "p -> q\nq -> r\nr -> q\n") });
    for (const row of tableOf(frame).rows) expect(row[3]).toBe("equal");
  });

  test("with texts is searched", async () => {
    const animals = ["cats sleep all day", "dogs run in the park", "birds sing in the morning"];
    const others = lines(9, (i) => `the minister met the president about the budget of year ${i}`);
    const frame = await lastFrame("muvera", {
      query: "a dog at play outside",
      file: fileOf("texts.txt", `${animals.join("\n")}\n${others}`),
    });
    expect(tableOf(frame).rows[0]![1]).toBe("dogs run in the park");
  });

  test("with a table is fitted by sketches", async () => {
    const text = `a,b,target\n${lines(400, (i) => `${Math.sin(i)},${Math.cos(3 * i)},${2 * Math.sin(i) + 0.1 * Math.cos(7 * i)}`)}`;
    const frame = await lastFrame("linf-sketch", { file: fileOf("houses.csv", text) });
    for (const row of tableOf(frame).rows) expect(row[1]).toBeLessThan(1);
  });

  test("with ratings is completed, and better than by means", async () => {
    // Two tastes: half of the people like what the others do not.
    const text = `who,what,stars\n${lines(900, (e) => {
      const [person, film] = [Math.floor(e / 30), e % 30];
      return `p${person},f${film},${3 + (person % 2 === film % 2 ? 1.5 : -1.5)}`;
    })}`;
    const frame = await lastFrame("robust-altmin", { rank: 2, ridge: 0.05, file: fileOf("stars.csv", text) });
    const [rough, , means] = tableOf(frame).rows;
    expect(rough![1]).toBeLessThan(0.3 * (means![1] as number));
  });

  test("with measurements is judged at rows that were kept apart", async () => {
    const frame = await lastFrame("funbat", {
      rank: 1,
      file: fileOf(
        "m.csv",
        `x,y,value\n${lines(80, (i) => `${(i * 0.618) % 1},${(i * 0.414) % 1},${Math.sin(5 * ((i * 0.618) % 1))}`)}`,
      ),
    });
    expect(tableOf(frame).rows).toHaveLength(2);
  });
});

describe("a file that does not hold what it should", () => {
  test.each<[PaperId, string, string, string, RegExp]>([
    ["lightsb", "startFile", "words.csv", "a,b\nx,y\nz,w\n", /words\.csv: expected two columns of numbers/],
    ["lightsb", "endFile", "few.csv", "a,b\n1,2\n", /few\.csv: expected 8 to 5000 rows, got 1/],
    ["lightsb", "startFile", "big.csv", `a,b\n1e999,2\n${lines(9, () => "1,2")}`, /big\.csv/],
    ["skr", "file", "text.mtx", "hello", /text\.mtx/],
    [
      "skr",
      "file",
      "wide.mtx",
      "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n",
      /wide\.mtx: expected a square matrix, got 2 x 3/,
    ],
    [
      "skr",
      "file",
      "huge.mtx",
      "%%MatrixMarket matrix coordinate real general\n900000 900000 1\n1 1 1\n",
      /huge\.mtx: expected at most 10000 rows/,
    ],
    [
      "perceptron-gd",
      "file",
      "three.csv",
      `a,label\n${lines(6, (i) => `${i},${i % 3}`)}`,
      /three\.csv: expected labels of two classes, got 3/,
    ],
    ["perceptron-gd", "file", "wide.libsvm", "1 900000:1\n-1 1:1\n", /wide\.libsvm: expected at most 400000/],
    [
      "perceptron-gd",
      "file",
      "mixed.csv",
      `a,label\n${lines(8, (i) => `${i},${(i >> 1) % 2}`)}`,
      /mixed\.csv: no line was found/,
    ],
    ["linf-sketch", "file", "short.csv", "a,b\n1,2\n", /short\.csv: expected 200 to 50000 rows, got 1/],
    [
      "linf-sketch",
      "file",
      "twice.csv",
      `a,b,y\n${lines(300, (i) => `${i},${2 * i},${i % 7}`)}`,
      /twice\.csv: has columns that follow from one another/,
    ],
    [
      "robust-altmin",
      "file",
      "two.csv",
      `a,b\n${lines(60, (i) => `${i},1`)}`,
      /two\.csv: expected three columns/,
    ],
    [
      "robust-altmin",
      "file",
      "words.csv",
      `a,b,c\n${lines(60, (i) => `${i},${i},good`)}`,
      /words\.csv: expected finite numbers in column "c"/,
    ],
    ["one-connection", "file", "prose.txt", "dear reader,\nhello", /prose\.txt/],
    [
      "one-connection",
      "file",
      "large.txt",
      lines(9, (i) => `v${i} -> v${i + 1}`),
      /2 to 7 variables, got 10/,
    ],
    ["muvera", "file", "short.txt", "one line", /short\.txt: expected 10 to 500 lines of text, got 1/],
    ["muvera", "file", "noise.txt", lines(12, (i) => `qq${i}zz`), /text 1: none of its words has a vector/],
    ["esma", "file", "few.txt", "3.14", /at least 300 digits/],
    ["powerwalk", "file", "one.csv", "a\nb\n", /one\.csv/],
  ])("%s, %s: %s is refused by name", async (id, control, name, text, message) => {
    await expect(lastFrame(id, { [control]: fileOf(name, text) })).rejects.toThrow(message);
  });
});
