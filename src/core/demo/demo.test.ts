import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../errors.ts";
import {
  type Controls,
  controlValues,
  type Demo,
  type DemoContext,
  defineDemo,
  type Frame,
  outlineOf,
  requireFrame,
  runDemo,
  type View,
} from "./index.ts";

const controls = {
  size: { kind: "number", label: "Size", value: 3, min: 1, max: 9, step: 1 },
  mode: { kind: "choice", label: "Mode", value: "fast", options: { fast: "Fast", slow: "Slow" } },
  name: { kind: "text", label: "Name", value: "a", maxLength: 5 },
  seed: { kind: "seed", label: "Seed", value: 1 },
  graph: { kind: "graph", label: "Graph", value: "a -> b", maxVertices: 4, examples: {} },
  file: { kind: "file", label: "File", says: "A table.", accept: [".csv"], maxBytes: 100 },
  points: {
    kind: "points",
    label: "Points",
    groups: ["red", "blue"],
    value: [[[0, 0]], [[1, 1]]],
    range: [-1, 1],
    minPoints: 1,
    maxPoints: 2,
  },
} as const satisfies Controls;

const context: DemoContext = {
  signal: new AbortController().signal,
  onProgress: () => {},
  asset: async () => new Uint8Array(),
};
const file = (name: string, length: number) => ({ name, bytes: new Uint8Array(length) });

describe("values of controls", () => {
  test("are those declared where none are given", () => {
    expect(controlValues(controls)).toEqual({
      size: 3,
      mode: "fast",
      name: "a",
      seed: 1,
      graph: "a -> b",
      file: undefined,
      points: [[[0, 0]], [[1, 1]]],
    });
  });

  test("are taken where they fit", () => {
    const given = {
      size: 9,
      mode: "slow",
      file: file("A.CSV.gz", 100),
      points: [
        [[0, 1]],
        [
          [-1, 0],
          [1, 0],
        ],
      ],
    };
    expect(controlValues(controls, given)).toMatchObject(given);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ size: 10 }, "size: expected a finite number from 1 to 9"],
    [{ size: Number.NaN }, "size: expected a finite number"],
    [{ mode: "toString" }, "mode: expected one of"],
    [{ name: " " }, "name: expected text"],
    [{ name: "abcdef" }, "name: expected at most 5 characters, got 6"],
    [{ seed: -1 }, "seed: expected a whole number"],
    [{ graph: 4 }, "graph: expected text"],
    [{ file: "x.csv" }, "file: expected a file"],
    [{ file: file("x.exe", 1) }, "file: expected a file named .csv"],
    [{ file: file("x.csv", 0) }, 'file: "x.csv" is empty'],
    [{ file: file("x.csv", 101) }, "file: expected at most"],
    [{ points: [[[0, 0]]] }, "points: expected 2 groups"],
    [{ points: [[[0, 0]], []] }, "points[blue]: expected 1 to 2 points, got 0; draw more"],
    [{ points: [[[0, 2]], [[0, 0]]] }, "points[red][0]: expected a finite number from -1 to 1"],
    [{ points: [[[0]], [[0, 0]]] }, "points[red][0]: expected two coordinates"],
    [{ sise: 3 }, "values.sise: unknown option"],
  ])("%j are refused by name", (given, message) => {
    expect(() => controlValues(controls, given)).toThrow(InvalidInputError);
    expect(() => controlValues(controls, given)).toThrow(message);
  });

  test("of any kind never pass unchecked", () => {
    fc.assert(
      fc.property(fc.constantFrom("size", "mode", "seed", "points", "file"), fc.anything(), (name, value) => {
        fc.pre(value !== undefined);
        try {
          const taken = controlValues(controls, { [name]: value });
          if (name === "size") expect(taken.size).toSatisfy((size: number) => size >= 1 && size <= 9);
          if (name === "mode") expect(["fast", "slow"]).toContain(taken.mode);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
        }
      }),
    );
  });
});

const text: View = { kind: "text", title: "Text", text: "" };
const frame = (...views: View[]): Frame => ({ done: 1, total: 1, views });

describe("a frame", () => {
  test.each<[string, Frame, string]>([
    ["no total", { done: 0, total: 0, views: [] }, "frame.total"],
    ["more done than there is", { done: 2, total: 1, views: [] }, "frame.done"],
    ["a view without title", frame({ ...text, title: "" }), "frame.views[0].title"],
    [
      "lengths that differ",
      frame({
        kind: "plot",
        title: "P",
        x: { label: "x" },
        y: { label: "y" },
        series: [{ name: "a", role: "method", mark: "line", x: [1, 2], y: [1] }],
      }),
      "frame.views[0].a.y: expected 2 values, got 1",
    ],
    [
      "zero on a logarithmic axis",
      frame({
        kind: "plot",
        title: "P",
        x: { label: "x" },
        y: { label: "y", scale: "log" },
        series: [{ name: "a", role: "method", mark: "line", x: [1], y: [0] }],
      }),
      "frame.views[0].a.y[0]: expected a finite positive number, got 0",
    ],
    [
      "half a segment",
      frame({
        kind: "plot",
        title: "P",
        x: { label: "x" },
        y: { label: "y" },
        series: [{ name: "a", role: "method", mark: "segments", x: [1], y: [0] }],
      }),
      "expected two points a segment",
    ],
    [
      "NaN in a matrix",
      frame({
        kind: "matrix",
        title: "M",
        rows: 1,
        columns: 1,
        data: [Number.NaN],
        rowLabel: "",
        columnLabel: "",
      }),
      "frame.views[0][0]: expected a finite number, got NaN",
    ],
    [
      "an edge to nowhere",
      frame({
        kind: "graph",
        title: "G",
        x: [0],
        y: [0],
        source: [0],
        target: [1],
        labels: ["a"],
        colour: { label: "c", values: [0] },
      }),
      "end of edge 0",
    ],
    [
      "a row too short",
      frame({ kind: "table", title: "T", columns: [{ name: "a" }, { name: "b" }], rows: [["x"]] }),
      "frame.views[0].rows[0]: expected 2 cells, got 1",
    ],
    [
      "part of an image",
      frame({
        kind: "images",
        title: "I",
        width: 2,
        height: 2,
        rows: [{ name: "r", role: "data", pixels: new Float32Array(5) }],
      }),
      "expected whole images",
    ],
  ])("with %s is refused", (_, broken, message) => {
    expect(() => requireFrame("frame", broken)).toThrow(message);
  });
});

test("the outline of a view keeps what decides its size", () => {
  expect(outlineOf(text)).toEqual({ kind: "text", title: "Text" });
  const axes = { x: { label: "x" }, y: { label: "y" }, series: [] };
  expect(outlineOf({ kind: "plot", title: "P", equal: true, ...axes })).toEqual({
    kind: "plot",
    title: "P",
    equal: true,
  });
  const rows = [["x"], ["y"]];
  expect(outlineOf({ kind: "table", title: "T", columns: [{ name: "a" }], rows })).toEqual({
    kind: "table",
    title: "T",
    rows: 2,
  });
});

describe("a demo", () => {
  const counting = (frames: readonly number[]) =>
    defineDemo({
      says: "Counts.",
      shows: [outlineOf(text)],
      controls: { upTo: { kind: "number", label: "Up to", value: 2, min: 1, max: 5 } },
      async *run({ upTo }) {
        for (const done of frames) yield { done: Math.min(done, upTo), total: upTo, views: [text] };
      },
    });

  test("gives frame after frame for the values given", async () => {
    const seen: number[] = [];
    for await (const { done } of runDemo(counting([1, 2, 3]), { upTo: 3 }, context)) seen.push(done);
    expect(seen).toEqual([1, 2, 3]);
  });

  test("that ends before it is complete is an error", async () => {
    const all = async (): Promise<void> => {
      for await (const _ of runDemo(counting([1]), {}, context));
    };
    await expect(all()).rejects.toThrow("expected a last frame whose done is its total");
  });

  test("ends with the signal's reason", async () => {
    const reason = new Error("stopped");
    const frames = runDemo(counting([1, 2]), {}, { ...context, signal: AbortSignal.abort(reason) });
    await expect(frames.next()).rejects.toBe(reason);
  });

  test("whose own settings would be refused is refused", () => {
    const control = { kind: "number", label: "N", value: 7, min: 1, max: 5 } as const;
    const run = counting([1]).run as Demo["run"];
    const shows = [outlineOf(text)];
    expect(() => defineDemo({ says: "x", shows, controls: { n: control }, run })).toThrow("n: expected");
    expect(() => defineDemo({ ...counting([1]), shows: [] })).toThrow("demo.shows");
    expect(() => defineDemo({ ...counting([1]), says: "" })).toThrow("demo.says");
  });
});
