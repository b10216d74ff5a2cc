import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NdArray } from "ockham/array";
import { loadModelStatistics, vpLinear } from "ockham/diffusion";
import { formatNpy, parseSafetensors, readNpy, writeParquetEdges } from "ockham/io";
import { randomStream } from "ockham/random";
import { type Tensor, toOnnx } from "ockham/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromSources, ockham, root } from "./command.ts";

let folder: string;
const inFolder = (name: string): string => join(folder, name);
const file = (name: string, text: string): string => {
  writeFileSync(inFolder(name), text);
  return inFolder(name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const commands = [
  "",
  "list",
  "run",
  "verify",
  "lab",
  "data",
  "data list",
  "data fetch",
  "data path",
  "embed-graph",
  "evaluate-embedding",
  "solve",
  "generate",
  "ppr",
  "index",
  "search",
  "evaluate-run",
  "sem",
  "conjecture",
  "worker",
  "sample",
  "calibrate",
  "train-denoiser",
  "transport",
  "diagonalize",
  "classify-sequences",
  "train-text",
  "compress-matrix",
  "interpolate",
  "smooth",
  "separate",
  "regress",
  "compress",
  "inspect",
  "bench-model",
  "finetune",
  "train-cnn",
  "equilibrium",
  "minimize",
  "coreset",
  "complete",
  "merge",
  "doctor",
];

describe("help", () => {
  test.each(commands)("of ockham %s is on stdout with an example", async (command) => {
    const { status, stdout, stderr } = await ockham([...command.split(" ").filter(Boolean), "--help"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/Examples?:\n {2}\$ /);
  });

  test("covers every command", async () => {
    const { stdout } = await ockham(["--help"]);
    const listed = [
      ...stdout
        .split("Commands:")[1]!
        .split("Examples:")[0]!
        .matchAll(/^ {2}(\S+)/gm),
    ];
    const top = commands.flatMap((command) => command.split(" ")[0] || []);
    expect(new Set(listed.map(([, name]) => name))).toEqual(new Set([...top, "help"]));
  });
});

describe("--json", () => {
  test.each(["list", "doctor", "data list"])("of ockham %s prints one document", async (command) => {
    const { status, stdout } = await ockham([...command.split(" "), "--json"]);
    expect(status).toBe(0);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });

  test("of embed-graph states what was done", async () => {
    const edges = file("triangle.csv", "source,target\n0,1\n1,2\n2,0\n2,2\n");
    const out = inFolder("triangle.npy");
    const { status, stdout, stderr } = await ockham([
      "embed-graph",
      edges,
      "--dim",
      "3",
      "--out",
      out,
      "--json",
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ method: "fastrp", vertices: 3, edges: 3, dim: 3, out });
    expect(stderr).toContain("1 self-loops");
    expect((await readNpy(out)).shape).toEqual([3, 3]);
  });
});

describe("ppr", () => {
  test("gives close scores by every method and keeps an index in a file", async () => {
    const edges = file("links.csv", "a,b\na,c\nb,c\nc,a\n");
    const index = inFolder("links.fingerprints");
    const scoresOf = async (...args: string[]): Promise<Map<string, number>> => {
      const { status, stdout } = await ockham([
        "ppr",
        edges,
        "--directed",
        "--source",
        "a",
        "--json",
        ...args,
      ]);
      expect(status).toBe(0);
      const { sources } = JSON.parse(stdout);
      return new Map(
        sources[0].scores.map((row: { target: string; score: number }) => [row.target, row.score]),
      );
    };
    const exact = await scoresOf("--method", "exact");
    expect([...exact.keys()]).toEqual(["a", "c", "b"]);
    const built = await scoresOf("--index", index, "--walks", "2000");
    expect(await scoresOf("--index", index)).toEqual(built);
    for (const scores of [built, await scoresOf("--method", "monte-carlo", "--walks", "20000")])
      for (const [target, score] of exact) expect(scores.get(target)).toBeCloseTo(score, 1.5);
    const other = await ockham(["ppr", edges, "--source", "a", "--index", index]);
    expect([other.status, other.stderr]).toEqual([2, expect.stringMatching(/does not match graph/)]);
    const nobody = await ockham(["ppr", edges, "--source", "z"]);
    expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringMatching(/no vertex "z"/)]);
  });
});

describe("index and search", () => {
  test("find the passage about the same things, in other words", async () => {
    mkdirSync(inFolder("notes/deep"), { recursive: true });
    file("notes/animals.txt", "the cat sleeps\n\nthe engine burns\nfuel\n");
    file("notes/deep/more.md", "kitten naps\n\n???\n");
    file("notes/ignored.bin", "cat cat cat");
    const vectors = file(
      "vectors.txt",
      "cat 1 0 0.1\nkitten 0.9 0.1 0\nsleeps 0 1 0.1\nnaps 0.1 0.9 0\nengine -1 0 0.2\nfuel -0.9 -0.1 0\nburns 0 -1 0\n",
    );
    const out = inFolder("notes.index");
    const built = await ockham(["index", inFolder("notes"), "--vectors", vectors, "--out", out, "--json"]);
    expect(built.status, built.stderr).toBe(0);
    expect(JSON.parse(built.stdout)).toMatchObject({ files: 2, passages: 3, skipped: 1, out });
    const search = async (query: string) => ockham(["search", out, query, "--top", "2", "--json"]);
    const { passages } = JSON.parse((await search("engine")).stdout);
    expect(passages[0]).toMatchObject({ file: "animals.txt", line: 3, text: "the engine burns fuel" });
    const resting = JSON.parse((await search("naps")).stdout).passages;
    expect(resting.map(({ file }: { file: string }) => file).sort()).toEqual(["animals.txt", "deep/more.md"]);
    const unknown = await search("xyzzy");
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringMatching(/no word of "xyzzy"/)]);
    const nothing = await ockham(["search", vectors, "cat"]);
    expect(nothing.status).toBe(2);
  });

  test("find documents by their vectors, and the run is evaluated against judgements", async () => {
    const documents = inFolder("documents.npy");
    const data = Float32Array.of(1, 0, 0, 1, -1, 0, 0, -1, 0.8, 0.6, 0.6, 0.8);
    writeFileSync(documents, formatNpy({ dtype: "float32", shape: [3, 2, 2], data }));
    const queries = inFolder("queries.npy");
    writeFileSync(
      queries,
      formatNpy({ dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 0, -1, 0) }),
    );
    const [index, run] = [inFolder("documents.index"), inFolder("run.trec")];
    const ids = file("ids.txt", "first\nsecond\nthird\n");
    const build = (...more: string[]) =>
      ockham(["index", documents, "--ids", ids, "--out", index, "--reps", "3", ...more]);
    const built = await build("--json");
    expect(built.status, built.stderr).toBe(0);
    expect(JSON.parse(built.stdout)).toMatchObject({ documents: 3, vectors: 6, dimension: 2 });
    const found = await ockham(["search", index, "--queries", queries, "--top", "2", "--out", run]);
    expect(found.status, found.stderr).toBe(0);
    expect(readFileSync(run, "utf8")).toMatch(
      /^0 Q0 first 1 1 ockham\n0 Q0 third 2 0\.8\d* ockham\n1 Q0 second 1 1/,
    );
    const qrels = file("qrels.txt", "0 0 first 1\n1 0 third 1\n");
    const evaluated = await ockham(["evaluate-run", run, "--qrels", qrels, "--recall", "1", "--json"]);
    expect(JSON.parse(evaluated.stdout).means).toMatchObject({ "recall@1": 0.5, MRR: 0.5 });
    const bad = await ockham(["evaluate-run", qrels, "--qrels", qrels]);
    expect([bad.status, bad.stderr]).toEqual([2, expect.stringMatching(/qrels\.txt, line 1: .*4 fields/)]);
    file("ids.txt", "first\nfirst\nthird\n");
    const twice = await build();
    expect([twice.status, twice.stderr]).toEqual([
      2,
      expect.stringMatching(/ids\.txt, line 2: "first" is in line 1/),
    ]);
    expect((await ockham(["search", index])).status).toBe(2);
  });
});

describe("sample", () => {
  /** The exact model of standard normal images of 4 x 4 pixels: the noise is sigma x, at any batch size of 9. */
  const model = (): string => {
    const network = (x: Tensor, time: Tensor): Tensor => {
      const logAlpha = time.square().mul(-4.975).sub(time.mul(0.05));
      return x.mul(logAlpha.mul(2).exp().neg().add(1).sqrt().reshape([9, 1, 1]));
    };
    const zeros = (shape: number[]): NdArray => ({
      dtype: "float32",
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b)),
    });
    const path = inFolder("normal.onnx");
    writeFileSync(path, toOnnx(network, [zeros([9, 4, 4]), zeros([9])]));
    return path;
  };

  test("draws images with any method, and keeps the statistics that it computed", async () => {
    const [path, statistics] = [model(), inFolder("normal.safetensors")];
    const options = ["--count", "9", "--nfe", "5", "--json"];
    const grid = inFolder("grid.png");
    const first = await ockham([
      ...["sample", path, "--statistics", statistics, "--samples", "9", "--grid-size", "60"],
      ...["--out", grid, ...options],
    ]);
    expect(first.stderr).toBe("");
    expect(JSON.parse(first.stdout)).toMatchObject({
      method: "dpm-solver-v3",
      evaluations: 5,
      shape: [4, 4],
    });
    expect([...readFileSync(grid).subarray(1, 4)]).toEqual([...Buffer.from("PNG")]);
    expect(existsSync(statistics)).toBe(true);
    const numbers = inFolder("samples.npy");
    const second = await ockham(["sample", path, "--method", "unipc", "--out", numbers, ...options]);
    expect(second.status).toBe(0);
    const { shape, data } = await readNpy(numbers);
    expect(shape).toEqual([9, 4, 4]);
    // Normal data: noise stays as it was drawn.
    const variance = (data as Float64Array).reduce((sum, value) => sum + value * value, 0) / 144;
    expect(variance).toBeGreaterThan(0.6);
    expect(variance).toBeLessThan(1.5);
  });

  test("samples with the statistics that calibrate computed from data, and with no others", async () => {
    const [path, data, statistics] = [model(), inFolder("images.npy"), inFolder("calibrated.safetensors")];
    const images = randomStream(1).fillNormal(new Float64Array(200 * 16));
    writeFileSync(data, formatNpy({ dtype: "float64", shape: [200, 4, 4], data: images }));
    const calibrated = await ockham([
      ...["calibrate", path, "--data", data, "--out", statistics, "--samples", "128", "--grid-size", "60"],
      "--json",
    ]);
    expect([calibrated.status, calibrated.stderr]).toEqual([0, ""]);
    expect(JSON.parse(calibrated.stdout)).toMatchObject({ schedule: "vp-linear", samples: 128 });
    const { l } = await loadModelStatistics(statistics);
    // The noise is sigma x: l = sigma d eps / dx = sigma^2.
    expect(l.data[0]).toBeCloseTo(1, 3);
    expect(l.data.at(-1)).toBeCloseTo(vpLinear().sigma(1e-3) ** 2, 3);
    const discrete = ["--schedule", "vp-discrete", "--betas", "0.0001,0.02,1000"];
    const sample = (...more: string[]) =>
      ockham([
        "sample",
        path,
        "--statistics",
        statistics,
        "--out",
        inFolder("c.npy"),
        "--count",
        "9",
        ...more,
      ]);
    expect((await sample()).status).toBe(0);
    const other = await sample(...discrete);
    expect([other.status, other.stderr]).toEqual([
      2,
      expect.stringContaining("are for the schedule vp-linear, the model has vp-discrete"),
    ]);
    const few = await ockham([
      "calibrate",
      path,
      "--data",
      data,
      "--out",
      statistics,
      "--samples",
      "9",
      ...discrete,
    ]);
    expect([few.status, few.stderr]).toEqual([0, expect.stringContaining("64 or more are advised")]);
    expect((await sample(...discrete)).status).toBe(0);
    const misfit = await ockham(["calibrate", path, "--data", inFolder("c.npy"), "--out", inFolder("c.txt")]);
    expect(misfit.status).toBe(2);
  });

  test("refuses other endings and a class that the model does not take with status 2", async () => {
    const path = model();
    expect((await ockham(["sample", path, "--out", inFolder("x.gif")])).status).toBe(2);
    const labelled = await ockham(["sample", path, "--label", "1", "--out", inFolder("x.png")]);
    expect([labelled.status, labelled.stderr]).toEqual([2, expect.stringContaining("no input for a class")]);
    const none = await ockham(["sample", path, "--nfe", "0", "--out", inFolder("x.png")]);
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining("--nfe: expected at least 1")]);
    const unused = ["--method", "ddim", "--statistics", inFolder("none.safetensors")];
    const other = await ockham(["sample", path, ...unused, "--out", inFolder("x.png")]);
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining("only dpm-solver-v3 takes")]);
  });
});

describe("transport", () => {
  const points = (shift: number) =>
    Array.from({ length: 40 }, (_, i) => `cell ${i},${shift + (i % 5) / 5},${shift + (i % 7) / 7}`).join(
      "\n",
    );
  const table = (name: string, shift: number) => file(name, `name,x,y\n${points(shift)}\n`);

  test("moves points to the target, copies other columns through and writes the model", async () => {
    const [source, target] = [table("source.csv", 0), table("target.csv", 10)];
    const out = inFolder("mapped.csv");
    const options = ["--steps", "300", "--learning-rate", "0.02", "--components", "5", "--json"];
    const model = inFolder("bridge.json");
    const { status, stdout } = await ockham([
      ...["transport", source, target, "--out", out, "--model", model],
      ...options,
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ method: "lightsb", points: 40, dim: 2, out });
    const [head, ...rows] = readFileSync(out, "utf8").trim().split("\n");
    expect(head).toBe("name,x,y");
    expect(rows.map((row) => row.split(",")[0])).toEqual(Array.from({ length: 40 }, (_, i) => `cell ${i}`));
    const mean = rows.reduce((sum, row) => sum + Number(row.split(",")[1]), 0) / 40;
    expect(Math.abs(mean - 10.4)).toBeLessThan(2);
    expect(JSON.parse(readFileSync(model, "utf8"))).toMatchObject({ dim: 2, names: ["x", "y"] });
  });

  test("refuses tables without the same columns and other endings with status 2", async () => {
    const source = table("one.csv", 0);
    const other = file("other.csv", "name,x\na,1\nb,2\n");
    const run = await ockham(["transport", source, other, "--out", inFolder("no.csv")]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("has no column y");
    expect((await ockham(["transport", source, source, "--out", inFolder("no.txt")])).status).toBe(2);
  });
});

describe("complete", () => {
  test("weighs cells and writes both factors into one file", async () => {
    const lines = Array.from({ length: 30 }, (_, e) => {
      const [r, c] = [Math.floor(e / 6), e % 6];
      // A table of rank 1 but for one cell, which counts next to nothing.
      return e % 4 === 3 ? "" : `r${r},c${c},${e === 0 ? 9 : (r + 1) * (c + 2)},${e === 0 ? 1e-9 : 1}\n`;
    });
    const cells = file("cells.csv", `row,column,value,trust\n${lines.join("")}`);
    const out = inFolder("completed.csv");
    const factors = inFolder("factors.safetensors");
    const { status } = await ockham([
      ...["complete", cells, "--rank", "1", "--weight", "trust", "--out", out, "--factors", factors],
      ...["--iterations", "200"],
    ]);
    expect(status).toBe(0);
    const { tensors } = parseSafetensors(readFileSync(factors));
    expect([tensors.rows!.shape, tensors.columns!.shape]).toEqual([
      [5, 1],
      [6, 1],
    ]);
    expect(Number(tensors.rows!.data[0]) * Number(tensors.columns!.data[0])).toBeCloseTo(2, 3);
    const filled = readFileSync(out, "utf8").trim().split("\n").slice(1);
    for (const line of filled) {
      const [, r, c, value] = /^r(\d),c(\d),(.*)$/.exec(line)!;
      expect(Number(value)).toBeCloseTo((Number(r) + 1) * (Number(c) + 2), 3);
    }
    const wide = await ockham([
      "complete",
      cells,
      "--wide",
      "--weight",
      "trust",
      "--rank",
      "1",
      "--out",
      out,
    ]);
    expect([wide.status, wide.stderr.includes("is for tables of row, column, value")]).toEqual([2, true]);
  });
});

describe("equilibrium", () => {
  test("of rock, paper, scissors is uniform, with value 0 and no gap", async () => {
    const payoff = file("rps.csv", "0,-1,1\n1,0,-1\n-1,1,0.000\n");
    const out = inFolder("strategies.csv");
    const { status, stdout } = await ockham(["equilibrium", payoff, "--out", out, "--json"]);
    const found = JSON.parse(stdout) as { value: number; gap: number; residual: number };
    expect(status).toBe(0);
    expect(Math.abs(found.value) + found.gap + found.residual).toBeLessThan(1e-3);
    expect(readFileSync(out, "utf8").split("\n").length).toBe(8);
  });

  test("of least squares in a box fits within it, and a header of a game is refused with status 2", async () => {
    const rows = file("fit.csv", "a,b,y\n1,0,2\n0,1,-1\n1,1,1\n");
    const { status, stdout } = await ockham([
      "equilibrium",
      rows,
      "--least-squares",
      "--box",
      "0,1",
      "--tol",
      "1e-3",
      "--json",
    ]);
    expect([status, (JSON.parse(stdout) as { converged: boolean }).converged]).toEqual([0, true]);
    expect(await ockham(["equilibrium", rows])).toMatchObject({ status: 2 });
  });
});

describe("minimize", () => {
  test("fits coefficients that are not negative, and spreads labels over a graph", async () => {
    const rows = file("squares.csv", "a,b,y\n1,0,2\n0,1,-1\n1,1,2\n");
    const out = inFolder("coefficients.csv");
    const fit = await ockham(["minimize", rows, "--nonneg", "--block", "2", "--out", out, "--json"]);
    expect(fit.status).toBe(0);
    expect(JSON.parse(fit.stdout)).toMatchObject({ converged: true, nonzero: 1 });
    expect(readFileSync(out, "utf8")).toMatch(/^name,value\n"a",(2|1\.99999)/);
    const edges = file("chain.csv", "source,target\na,b\nb,c\nc,d\n");
    const labels = file("chain-labels.csv", "vertex,label\na,0\nd,3\n");
    const soft = inFolder("soft.csv");
    const classes = file("classes.csv", "x,y,label\n1,0,2\n0,1,5\n1,1,7\n2,0,2\n0,2,5\n2,2,7\n");
    const soft3 = await ockham(["minimize", classes, "--loss", "softmax", "--l2", "1", "--out", out]);
    expect(soft3.status).toBe(0);
    expect(readFileSync(out, "utf8")).toMatch(/^name,value\n"x of 2",.*\n"x of 5",.*\n"x of 7",/);
    const spread = await ockham(["minimize", edges, "--loss", "labels", "--labels", labels, "--out", soft]);
    expect(spread.status).toBe(0);
    expect(readFileSync(soft, "utf8")).toMatch(/"b",(1|0\.99999|1\.00000)/);
  });
});

describe("separate", () => {
  test("finds a separating hyperplane and lists rows on the wrong side with status 1", async () => {
    const good = file("good.libsvm", "+1 1:2 2:1\n+1 1:3\n-1 1:-1 2:0.5\n-1 2:-2\n");
    const theta = inFolder("theta.csv");
    const found = await ockham(["separate", good, "--out", theta, "--json"]);
    expect(found.status).toBe(0);
    expect(JSON.parse(found.stdout)).toMatchObject({ separated: true, misclassified: [], samples: 4 });
    expect(readFileSync(theta, "utf8")).toMatch(/^feature,coefficient\n"1",.+\n"2",.+\n$/);
    const bad = file("bad.csv", "a,b,label\n1,0,1\n2,0,0\n-1,1,0\n");
    const missed = await ockham(["separate", bad, "--max-iterations", "50"]);
    expect(missed.status).toBe(1);
    expect(missed.stdout).toMatch(/not separated after 50 iterations\n.*\n\d of 3 rows on the wrong side/s);
  });

  test("refuses more than two classes with status 2, unless two are named", async () => {
    const many = file("many.libsvm", "1 1:1\n2 1:-1\n3 1:1 2:5\n");
    expect(await ockham(["separate", many])).toMatchObject({ status: 2 });
    expect(await ockham(["separate", many, "--classes", "1,2"])).toMatchObject({ status: 0 });
  });
});

describe("embed-graph", () => {
  test("writes the names of the vertices beside .npy and into .csv", async () => {
    const edges = file("named.txt", "ann bob 2\nbob cid 1\n");
    await ockham(["embed-graph", edges, "--dim", "2", "--out", inFolder("named.npy")]);
    expect(readFileSync(inFolder("named.ids.txt"), "utf8")).toBe("ann\nbob\ncid\n");
    await ockham(["embed-graph", edges, "--dim", "2", "--out", inFolder("named.csv")]);
    const [head, ...rows] = readFileSync(inFolder("named.csv"), "utf8").trim().split("\n");
    expect(head).toBe("id,d0,d1");
    const { data } = await readNpy(inFolder("named.npy"));
    expect(rows.map((row) => row.split(",")[0])).toEqual(["ann", "bob", "cid"]);
    expect(rows.flatMap((row) => row.split(",").slice(1).map(Number)).map(Math.fround)).toEqual([
      ...(data as Float32Array),
    ]);
  });

  test("leaves no names of an earlier graph beside an .npy file of numbered vertices", async () => {
    const out = inFolder("reused.npy");
    const hasNames = () => readdirSync(inFolder(".")).includes("reused.ids.txt");
    await ockham(["embed-graph", file("named.txt", "ann bob\n"), "--dim", "2", "--out", out]);
    expect(hasNames()).toBe(true);
    await ockham(["embed-graph", file("numbered.txt", "0 1\n"), "--dim", "2", "--out", out]);
    expect(hasNames()).toBe(false);
  });

  test("reads the same graph from text, Parquet and Matrix Market files", async () => {
    const source = Int32Array.of(0, 1, 2, 3);
    const target = Int32Array.of(1, 2, 3, 0);
    await writeParquetEdges(inFolder("square.parquet"), { source, target });
    file("square.csv", "0,1\n1,2\n2,3\n3,0\n");
    file("square.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n4 4 4\n2 1\n3 2\n4 3\n4 1\n");
    const vectors = [];
    for (const ending of [".csv", ".parquet", ".mtx"]) {
      const out = inFolder(`square${ending}.npy`);
      const outcome = await ockham(["embed-graph", inFolder(`square${ending}`), "--dim", "4", "--out", out]);
      expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
      vectors.push(readFileSync(out));
    }
    expect(vectors[1]).toEqual(vectors[0]);
    expect(vectors[2]).toEqual(vectors[0]);
    file("skew.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 1\n");
    const skew = await ockham(["embed-graph", inFolder("skew.mtx"), "--out", inFolder("never.npy")]);
    expect([skew.status, skew.stdout]).toEqual([2, ""]);
  });

  test("gives the same vectors for the same seed, whatever the number of threads", async () => {
    const edges = file("ring.csv", Array.from({ length: 50 }, (_, i) => `${i},${(i + 1) % 50}\n`).join(""));
    const embed = async (name: string, ...args: string[]): Promise<Buffer> => {
      const out = inFolder(name);
      expect((await ockham(["embed-graph", edges, "--dim", "8", "--out", out, ...args])).status).toBe(0);
      return readFileSync(out);
    };
    const one = await embed("one.npy", "--seed", "5", "--threads", "1");
    expect(await embed("two.npy", "--seed", "5", "--threads", "2")).toEqual(one);
    expect(await embed("other.npy", "--seed", "6")).not.toEqual(one);
  });
});

describe("evaluate-embedding", () => {
  /** Two rings with a bridge, and the ring of every vertex. */
  const rings = (): { edges: string; labels: string } => {
    const names = Array.from({ length: 40 }, (_, i) => `v${i}`);
    const ring = (from: number) =>
      Array.from({ length: 20 }, (_, i) =>
        [i + 1, i + 2, i + 3].map((j) => `v${from + i} v${from + (j % 20)}\n`).join(""),
      );
    return {
      edges: file("rings.txt", [...ring(0), ...ring(20), "v0 v20\n"].join("")),
      labels: file(
        "ring-of.csv",
        `id,ring\n${names.map((name, i) => `${name},${i < 20 ? "left" : "right"}\n`).join("")}`,
      ),
    };
  };

  test.each([".npy", ".csv", ".parquet"])("reads what embed-graph wrote as %s", async (ending) => {
    const { edges, labels } = rings();
    const out = inFolder(`rings${ending}`);
    expect(await ockham(["embed-graph", edges, "--dim", "8", "--out", out])).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await ockham([
      "evaluate-embedding",
      out,
      "--labels",
      labels,
      "--train",
      "0.5",
      "--json",
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    const [score] = JSON.parse(stdout).scores;
    expect(score.train).toBe(0.5);
    expect(score.macroF1).toBeGreaterThan(0.9);
  });

  test.each<[string, string, RegExp]>([
    [
      "labels of ids that the embedding lacks",
      "id,ring\nv0,a\nx9,b\n",
      /line 3: the embedding has no vector for the id "x9"/,
    ],
    ["a table of one column", "id\nv0\n", /expected the columns id and class/],
    ["labels of one class", "id,ring\nv0,a\nv1,a\nv2,a\nv3,a\n", /at least 2 classes/],
  ])("refuses %s", async (_, text, message) => {
    const { edges } = rings();
    const out = inFolder("rings.npy");
    await ockham(["embed-graph", edges, "--dim", "4", "--out", out]);
    const { status, stderr } = await ockham([
      "evaluate-embedding",
      out,
      "--labels",
      file("bad-labels.csv", text),
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("bad input ends with status 2 and one sentence on stderr", () => {
  const embed = (name: string, text: string, ...args: string[]) => [
    "embed-graph",
    file(name, text),
    "--out",
    inFolder("never.npy"),
    ...args,
  ];

  test.each<[string, () => string[], RegExp]>([
    ["no command", () => ["--jsn"], /unknown option '--jsn'/],
    ["an unknown command", () => ["lst"], /unknown command 'lst' \(Did you mean list\?\)/],
    ["an unknown option", () => embed("a.csv", "0,1\n", "--dmi", "4"), /'--dmi' \(Did you mean --dim\?\)/],
    ["a missing argument", () => ["run"], /missing required argument 'id'/],
    ["an unknown paper", () => ["run", "fastpr"], /no paper is called "fastpr" \(did you mean fastrp\?\)/],
    ["a paper that cannot be run", () => ["run", "mcquic"], /mcquic has no experiment yet/],
    ["contradicting options", () => ["verify", "--quick", "--full"], /cannot be used with/],
    ["an unknown data set", () => ["data", "path", "blogcatalogue"], /did you mean blogcatalog\?/],
    ["an unknown field", () => ["list", "--field", "alchemy"], /Allowed choices are diffusion/],
    [
      "a missing file",
      () => ["embed-graph", inFolder("no.csv"), "--out", inFolder("never.npy")],
      /no such file/,
    ],
    ["a folder", () => ["embed-graph", folder, "--out", inFolder("never.npy")], /is a folder/],
    ["an empty file", () => embed("empty.csv", ""), /no edges/],
    ["a graph without edges", () => embed("none.csv", "# nothing\n\n"), /no edges/],
    ["a malformed line", () => embed("bad.csv", "0,1\n1,2\n1,2,3,4\n"), /bad\.csv, line 3: /],
    ["a NaN weight", () => embed("nan.csv", "0,1,1\n1,2,NaN\n"), /nan\.csv, line 2: .*"NaN"/],
    [
      "only self-loops",
      () => embed("loops.csv", "0,0\n1,1\n"),
      /loops\.csv: no edges: found only self-loops, 2/,
    ],
    ["a negative weight", () => embed("negative.csv", "0,1,1\n1,2,-1\n"), /negative\.csv, line 2: .*"?-1/],
    ["an option out of range", () => embed("b.csv", "0,1\n", "--dim", "0"), /--dim: expected a whole number/],
    ["an option that is no number", () => embed("c.csv", "0,1\n", "--beta", "high"), /Expected a number/],
    ["an unknown ending", () => ["embed-graph", file("d.csv", "0,1\n"), "--out", "x.xyz"], /--out: .*\.npy/],
    [
      "a file that cannot be written",
      () => ["embed-graph", file("e.csv", "0,1\n"), "--out", "/proc/x.npy"],
      /proc/,
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

describe("an interrupt", () => {
  /** A graph whose embedding takes much longer than the tests wait. */
  const large = (): string => {
    let text = "";
    for (let i = 0; i < 200_000; i++) text += `${i},${(i * 7919) % 200_000}\n`;
    return file("large.csv", text);
  };

  /** Resolves when the program has reported progress: it computes, and listens for signals. */
  const underWay = async (stderr: () => string): Promise<void> => {
    while (!stderr().includes(" %")) await delay(20);
  };

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends with status %i within a second and leaves no file", async (signal, expected) => {
    const edges = large();
    const before = readdirSync(folder);
    const weights = Array(64).fill(1).join(",");
    const { status, stdout, stderr, sinceInterrupt } = await ockham(
      ["embed-graph", edges, "--dim", "512", "--weights", weights, "--out", inFolder("large.npy")],
      { interrupt: { signal, when: underWay } },
    );
    expect([status, stdout]).toEqual([expected, ""]);
    expect(stderr).toMatch(/^(embed-graph: \d+ %.*\n)+ockham: interrupted\n$/);
    expect(sinceInterrupt).toBeLessThan(1000);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("while the result is written leaves no part of it", async () => {
    const edges = large();
    const before = readdirSync(folder);
    let written = 0;
    const partWritten = async (): Promise<void> => {
      while (written === 0) {
        await delay(20);
        const part = readdirSync(folder).find((name) => name.endsWith(".part"));
        if (part !== undefined) written = statSync(inFolder(part)).size;
      }
    };
    const { status } = await ockham(
      ["embed-graph", edges, "--dim", "256", "--weights", "1", "--out", inFolder("large.out.csv")],
      { interrupt: { signal: "SIGINT", when: partWritten } },
    );
    expect(written).toBeGreaterThan(0);
    expect(status).toBe(130);
    expect(readdirSync(folder)).toEqual(before);
  });
});

test("a closed pipe ends quietly", async () => {
  const child = spawn(process.execPath, [...fromSources, "list"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect([status, stderr]).toEqual([0, ""]);
});

test("a data set that cannot be had ends with status 1 and says where to put the file", async () => {
  const { status, stdout, stderr } = await ockham(["data", "fetch", "blogcatalog"], {
    env: {
      OCKHAM_CACHE: inFolder("cache"),
      OCKHAM_DATA_DIR: inFolder("nothing"),
      npm_config_registry: "http://127.0.0.1:9/",
      HTTPS_PROXY: "http://127.0.0.1:9/",
      NODE_USE_ENV_PROXY: "1",
    },
  });
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("OCKHAM_DATA_DIR");
});
