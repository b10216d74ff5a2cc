import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { zlibSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { fromNested, toNested } from "../array/index.ts";
import {
  parseMat,
  readEmbeddings,
  readMat,
  readParquetEdges,
  writeEmbeddings,
  writeParquetEdges,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-binary-"));
const python = "/usr/bin/python3";
const hasScipy = spawnSync(python, ["-c", "import scipy.io"]).status === 0;

/** A data element with its padding. */
function element(type: number, data: ArrayLike<number>): number[] {
  const padding = (8 - (data.length % 8)) % 8;
  return [...word(type), ...word(data.length), ...Array.from(data), ...new Array<number>(padding).fill(0)];
}

function word(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

function mat(...elements: number[][]): Uint8Array {
  const header = [...text("MATLAB 5.0 MAT-file".padEnd(124)), 0, 1, 0x49, 0x4d];
  return Uint8Array.from([...header, ...elements.flat()]);
}

/** A matrix of doubles stored as bytes, as MATLAB does for small whole numbers. */
function matrix(name: string, rows: number, cols: number, values: readonly number[], flags = 6): number[] {
  return element(14, [
    ...element(6, [...word(flags), ...word(0)]),
    ...element(5, [...word(rows), ...word(cols)]),
    ...element(1, text(name)),
    ...element(2, values),
  ]);
}

function sparse(rows: readonly number[], starts: readonly number[], values: readonly number[]): number[] {
  return element(14, [
    ...element(6, [...word(5), ...word(rows.length)]),
    ...element(5, [...word(3), ...word(2)]),
    ...element(1, text("s")),
    ...element(5, rows.flatMap(word)),
    ...element(5, starts.flatMap(word)),
    ...element(2, values),
  ]);
}

describe("MATLAB files", () => {
  test("column-major values become row-major, compressed or not", () => {
    const plain = matrix("a", 2, 3, [1, 4, 2, 5, 3, 6]);
    const packed = zlibSync(Uint8Array.from(matrix("b", 1, 2, [7, 8])));
    const { variables } = parseMat(mat(plain, [...word(15), ...word(packed.length), ...packed]));
    expect(variables.a).toEqual(
      fromNested([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    );
    expect(variables.b).toEqual(fromNested([[7, 8]]));
  });

  test("compressed columns become compressed rows", () => {
    const { variables } = parseMat(mat(sparse([0, 2, 2], [0, 2, 3], [1, 2, 3])));
    expect(variables.s).toEqual({
      rows: 3,
      cols: 2,
      indptr: Int32Array.of(0, 1, 1, 3),
      indices: Int32Array.of(0, 0, 1),
      data: Float64Array.of(1, 2, 3),
    });
  });

  const good = mat(matrix("a", 2, 2, [1, 2, 3, 4]));
  test.each([
    ["nothing", new Uint8Array(0), "not a MATLAB level 5 file"],
    ["HDF5", Uint8Array.from([...text("MATLAB 7.3 MAT-file".padEnd(200))]), "a MATLAB 7.3 file"],
    ["a cut file", good.subarray(0, good.length - 8), "more than are left"],
    ["a huge shape", mat(matrix("a", 2e9, 2e9, [1])), "impossible shape"],
    [
      "a large shape",
      mat(matrix("a", 2e6, 2e6, [1])),
      "expected 4000000000000 values for shape 2000000 x 2000000, got 1",
    ],
    ["a negative extent", mat(matrix("a", -1, 2, [1])), "impossible shape"],
    ["an element that claims 4 GB", mat([...word(14), ...word(0xffffffff | 0)]), "claims 4294967295 bytes"],
    ["damaged compressed data", mat([...word(15), ...word(8), 1, 2, 3, 4, 5, 6, 7, 8]), "damaged"],
    ["row beyond the matrix", mat(sparse([0, 3, 2], [0, 2, 3], [1, 2, 3])), "s: entry 1 lies in row 3 of 3"],
    ["columns that descend", mat(sparse([0, 1, 2], [0, 4, 3], [1, 2, 3])), "s: column starts descend"],
    // Read entry by entry, this one takes minutes.
    [
      "a column of 2 thousand million",
      mat(sparse([0, 1, 2], [0, 2 ** 31 - 1, 3], [1, 2, 3])),
      "s: column starts descend",
    ],
    ["columns beyond the entries", mat(sparse([0, 1], [0, 2, 9], [1, 2])), "s: column starts do not fit"],
  ])("%s is refused", (_, bytes, message) => {
    expect(() => parseMat(bytes)).toThrow(message);
    expect(() => parseMat(bytes)).toThrow(expect.objectContaining({ name: "InvalidInputError" }));
  });

  test("changed bytes never do anything but parse or be refused", () => {
    const bytes = mat(sparse([0, 2, 2], [0, 2, 3], [1, 2, 3]), matrix("a", 2, 2, [1, 2, 3, 4]));
    fc.assert(
      fc.property(fc.integer({ min: 128, max: bytes.length - 1 }), fc.nat(255), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          parseMat(changed);
        } catch (cause) {
          expect(cause).toMatchObject({ name: "InvalidInputError" });
        }
      }),
      { numRuns: 100 },
    );
  });

  test.runIf(hasScipy)("what scipy writes is read", async () => {
    const run = spawnSync(
      python,
      [
        "-c",
        `
import numpy as np, scipy.io as io, scipy.sparse as sp
a = np.arange(24.0).reshape(2, 3, 4)
s = sp.random(30, 20, 0.2, random_state=1, format='csc')
v = dict(a=a, i=np.array([[-1, 2]], dtype=np.int16), b=np.array([[True, False]]), z=np.array([[1 + 2j]]), t='text', f=np.float32([[1.5]]), l=np.array([[2**40]], dtype=np.int64), s=s, c={'x': 1})
for name, packed in (('plain', False), ('packed', True)):
    io.savemat(name + '.mat', v, do_compression=packed)
np.save('s.npy', s.toarray())`,
      ],
      { cwd: folder, encoding: "utf8" },
    );
    expect(run.stderr).toBe("");
    const { readNpy } = await import("./index.ts");
    const dense = toNested(await readNpy(join(folder, "s.npy"))) as number[][];
    for (const name of ["plain", "packed"]) {
      const { variables, skipped } = await readMat(join(folder, `${name}.mat`));
      expect(skipped).toEqual(["c (struct)"]);
      expect(variables.a).toMatchObject({
        dtype: "float64",
        shape: [2, 3, 4],
        data: Float64Array.from({ length: 24 }, (_, k) => k),
      });
      expect(variables.i).toMatchObject({ dtype: "int16", data: Int16Array.of(-1, 2) });
      expect(variables.b).toMatchObject({ dtype: "bool", data: Uint8Array.of(1, 0) });
      expect(variables.f).toMatchObject({ dtype: "float32", data: Float32Array.of(1.5) });
      expect(variables.l).toMatchObject({ dtype: "int64", data: BigInt64Array.of(2n ** 40n) });
      expect(variables.z).toMatchObject({
        re: { data: Float64Array.of(1) },
        im: { data: Float64Array.of(2) },
      });
      expect(variables.t).toBe("text");
      const s = variables.s as import("../array/index.ts").CsrMatrix;
      const rebuilt = Array.from({ length: s.rows }, () => new Array<number>(s.cols).fill(0));
      for (let row = 0; row < s.rows; row++)
        for (let k = s.indptr[row]!; k < s.indptr[row + 1]!; k++) rebuilt[row]![s.indices[k]!] = s.data[k]!;
      expect(rebuilt).toEqual(dense);
    }
  });
});

describe("Parquet", () => {
  test("edges come back, numbered or labelled, weighted or not", async () => {
    const source = Int32Array.of(0, 2, 1);
    const target = Int32Array.of(1, 0, 1);
    const weights = Float64Array.of(0.5, 0, 1e300);
    for (const edges of [
      { source, target },
      { source, target, weights },
      { source, target, weights, ids: ["ä", "b", "c"] },
    ]) {
      const path = join(folder, "edges.parquet");
      await writeParquetEdges(path, edges);
      const read = await readParquetEdges(path);
      const name = (ids: readonly string[] | undefined) => (node: number) => ids?.[node] ?? String(node);
      expect(Array.from(read.source, name(read.ids))).toEqual(
        Array.from(source, name("ids" in edges ? edges.ids : undefined)),
      );
      expect(Array.from(read.target, name(read.ids))).toEqual(
        Array.from(target, name("ids" in edges ? edges.ids : undefined)),
      );
      expect(read.weights).toEqual("weights" in edges ? weights : undefined);
      expect(read.report).toMatchObject({ edges: 3, selfLoops: 1 });
      expect(await readParquetEdges(new Uint8Array(readFileSync(path)))).toEqual(read);
    }
  });

  test("many row groups are joined in order", async () => {
    const count = 600_000;
    const source = Int32Array.from({ length: count }, (_, k) => k % 1000);
    const target = Int32Array.from({ length: count }, (_, k) => (k * 7) % 1000);
    const path = join(folder, "many.parquet");
    await writeParquetEdges(path, { source, target });
    const seen: number[] = [];
    const read = await readParquetEdges(path, { onProgress: ({ done }) => seen.push(done) });
    expect(read.source).toEqual(source);
    expect(read.target).toEqual(target);
    expect(seen).toEqual([0, 262144, 524288, 600000, 600000]);
  });

  const column = (name: string, data: unknown[], type: "STRING" | "DOUBLE" | "INT64") => ({
    name,
    data,
    type,
  });
  test.each([
    [
      "negative weight",
      [
        column("source", ["a"], "STRING"),
        column("target", ["b"], "STRING"),
        column("weight", [-1], "DOUBLE"),
      ],
      "parquet, row 0: expected a finite weight of at least 0, got -1",
    ],
    [
      "NaN weight",
      [
        column("source", ["a", "a"], "STRING"),
        column("target", ["b", "c"], "STRING"),
        column("weight", [1, Number.NaN], "DOUBLE"),
      ],
      "parquet, row 1",
    ],
    [
      "missing id",
      [column("source", ["a", null], "STRING"), column("target", ["b", "c"], "STRING")],
      'parquet, row 1: expected an id (whole number or text) in column "source"',
    ],
    [
      "no such column",
      [column("from", ["a"], "STRING"), column("to", ["b"], "STRING")],
      'no column "source"; there are "from", "to"',
    ],
  ])("%s is refused", async (_, columnData, message) => {
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: columnData as never }));
    await expect(readParquetEdges(bytes)).rejects.toThrow(message);
  });

  test("64-bit ids and named columns", async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [column("u", [5n, 2n ** 60n], "INT64"), column("v", [7n, 5n], "INT64")] as never,
      }),
    );
    const edges = await readParquetEdges(bytes, { columns: { source: "u", target: "v" } });
    expect(edges.ids).toEqual(["5", "7", String(2n ** 60n)]);
  });

  test("vectors come back with their ids", async () => {
    const path = join(folder, "vectors.parquet");
    const rows = 20_000;
    const vectors = {
      dtype: "float32",
      shape: [rows, 3],
      data: Float32Array.from({ length: rows * 3 }, (_, k) => Math.sin(k)),
    } as const;
    await writeEmbeddings(path, { vectors, ids: Array.from({ length: rows }, (_, k) => `node ${k}`) });
    const back = await readEmbeddings(path);
    expect(back.vectors).toEqual(vectors);
    expect(back.ids.slice(0, 2)).toEqual(["node 0", "node 1"]);
    await writeEmbeddings(path, { vectors: fromNested([[1, 2]]) });
    expect(await readEmbeddings(path)).toMatchObject({
      ids: ["0"],
      vectors: { data: Float32Array.of(1, 2) },
    });
    await expect(writeEmbeddings(path, { vectors, ids: ["a"] })).rejects.toMatchObject({
      argument: "embeddings",
    });
  });

  test("what is no Parquet file is refused, and nothing stays behind", async () => {
    const path = join(folder, "none.parquet");
    writeFileSync(path, "PAR1 but not really PAR1");
    await expect(readParquetEdges(path)).rejects.toThrow(`${path}: not readable as Parquet`);
    await expect(readParquetEdges(join(folder, "absent.parquet"))).rejects.toThrow("no such file");
    await expect(readParquetEdges(new Uint8Array(3))).rejects.toMatchObject({ name: "InvalidInputError" });
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
