import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { NdArray } from "../core/array/index.ts";
import { writeNpy, writeSafetensors } from "../core/io/index.ts";
import { randomStream } from "../core/random/index.ts";
import {
  buildVectorIndex,
  evaluateRun,
  joinSets,
  readPointSets,
  readVectorIndex,
  searchVectorIndex,
  writeVectorIndex,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);

const dimension = 6;
const sets = (count: number, seed: number) =>
  joinSets(
    Array.from({ length: count }, (_, i) => {
      const stream = randomStream(seed, i);
      return stream.fillNormal(new Float32Array(dimension * (1 + stream.integer(5))));
    }),
    dimension,
  );
const config = { dimension, simhashProjections: 2, repetitions: 4, projectionDimension: 4 };

describe("an index of vectors", () => {
  test("finds every document by its own vectors, before and after it was in a file", async () => {
    const documents = sets(40, 1);
    const ids = Array.from({ length: 40 }, (_, i) => `d${i}`);
    const index = await buildVectorIndex(documents, config, { ids });
    const path = inFolder("a.index");
    await writeVectorIndex(path, index);
    const run = await searchVectorIndex(await readVectorIndex(path), documents, { ids, k: 40 });
    expect(run).toEqual(await searchVectorIndex(index, documents, { ids, k: 40 }));
    for (const [id, found] of run) {
      expect(found.length).toBe(40);
      for (let i = 1; i < 40; i++) expect(found[i]!.score).toBeLessThanOrEqual(found[i - 1]!.score);
      expect(found.map(({ document }) => document)).toContain(id);
    }
    const { means } = evaluateRun(run, new Map(ids.map((id) => [id, new Map([[id, 1]])])));
    // The inner products of a set with itself are large, but those with longer vectors may be larger.
    expect(means.MRR).toBeGreaterThan(0.7);
  });

  test("names what is wrong with names, files and queries", async () => {
    const documents = sets(2, 2);
    const build = (...ids: string[]) => buildVectorIndex(documents, config, { ids });
    await expect(build("a")).rejects.toThrow(/options\.ids: expected 2 names, one a set, got 1/);
    await expect(build("a", "b c")).rejects.toThrow(/options\.ids\[1\]: .*"b c"/);
    await expect(build("a", "a")).rejects.toThrow(/options\.ids\[1\]: "a" is there twice/);
    const path = inFolder("b.index");
    await writeVectorIndex(path, await build("a", "b"));
    const bytes = readFileSync(path);
    bytes[bytes.length - 8]! ^= 1;
    writeFileSync(path, bytes);
    await expect(readVectorIndex(path)).rejects.toThrow(/b\.index: is damaged/);
    await writeSafetensors(path, {}, { format: "something" });
    await expect(readVectorIndex(path)).rejects.toThrow(/is no index of vectors/);
    const index = await buildVectorIndex(documents, config);
    expect(index.ids).toEqual(["0", "1"]);
    await expect(searchVectorIndex(index, documents, { k: 10, candidates: 5 })).rejects.toThrow(/candidates/);
  });
});

describe("sets of vectors in files", () => {
  const points = (rows: number, data: readonly number[]): NdArray<"float32"> => ({
    dtype: "float32",
    shape: [rows, data.length / rows],
    data: Float32Array.from(data),
  });

  test("are read from .npy, a matrix of one vector each or three axes, and from arrays with offsets", async () => {
    const path = inFolder("sets.npy");
    await writeNpy(path, points(2, [1, 2, 3, 4]));
    expect(await readPointSets(path)).toEqual({
      points: Float32Array.of(1, 2, 3, 4),
      offsets: Int32Array.of(0, 1, 2),
      dimension: 2,
    });
    await writeNpy(path, { dtype: "float64", shape: [2, 2, 1], data: Float64Array.of(1, 2, 3, 4) });
    expect(await readPointSets(path)).toEqual({
      points: Float32Array.of(1, 2, 3, 4),
      offsets: Int32Array.of(0, 2, 4),
      dimension: 1,
    });
    const tensors = inFolder("sets.safetensors");
    const offsets = { dtype: "int64", shape: [3], data: BigInt64Array.of(0n, 1n, 3n) } as const;
    await writeSafetensors(tensors, { points: points(3, [1, 2, 3, 4, 5, 6]), offsets });
    expect((await readPointSets(tensors)).offsets).toEqual(Int32Array.of(0, 1, 3));
  });

  test("are refused with the file, the array and the row", async () => {
    const path = inFolder("bad.safetensors");
    const offsets = (...values: number[]): NdArray<"int32"> => ({
      dtype: "int32",
      shape: [values.length],
      data: Int32Array.from(values),
    });
    const read = async (tensors: Record<string, NdArray>) => {
      await writeSafetensors(path, tensors);
      return readPointSets(path);
    };
    const two = points(2, [1, 2, 3, 4]);
    await expect(read({ points: two })).rejects.toThrow(/no tensor "offsets"/);
    await expect(read({ points: two, offsets: offsets(0, 1) })).rejects.toThrow(
      /bad\.safetensors\.offsets: expected to run from 0 to 2, got 0 to 1/,
    );
    await expect(read({ points: two, offsets: offsets(0, 2, 2) })).rejects.toThrow(/empty point cloud 1/);
    await expect(read({ points: two, offsets: offsets(0, -1, 2) })).rejects.toThrow(/got -1 at 1/);
    await expect(read({ points: two, offsets: two })).rejects.toThrow(
      /one row of whole numbers, got float32/,
    );
    await expect(read({ points: offsets(1, 2), offsets: offsets(0, 2) })).rejects.toThrow(/rows x dimension/);
    await expect(read({ points: points(2, [1, 2, Number.NaN, 4]), offsets: offsets(0, 2) })).rejects.toThrow(
      /got NaN in row 1/,
    );
    await expect(readPointSets(inFolder("x.csv"))).rejects.toThrow(/ends in \.npz, \.npy or \.safetensors/);
    await writeNpy(inFolder("flat.npy"), offsets(1, 2));
    await expect(readPointSets(inFolder("flat.npy"))).rejects.toThrow(/two or three axes, got shape \[2\]/);
  });
});
