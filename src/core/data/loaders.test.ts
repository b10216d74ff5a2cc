import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { bundled, readBundle, writeBundle } from "./bundle.ts";
import {
  DatasetUnavailableError,
  dataFolder,
  datasetStatus,
  datasets,
  fetchDataset,
  type GraphData,
  loadBrown,
  loadBrownWordGraph,
  loadCitationGraph,
  loadCnr2000,
  loadFashionMnist,
  loadMiserables,
  loadMnist,
  loadMobyDick,
  loadMovieLens100k,
  loadMultiLabelGraph,
  loadSingleCells,
  loadSnapGraph,
  loadWordNet,
} from "./index.ts";

/** The loaded set; a test whose set can be had nowhere says so and is passed over. */
async function available<T>(context: TestContext, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof DatasetUnavailableError) context.skip(`data set ${cause.dataset} is not available`);
    throw cause;
  }
}

/** Distinct undirected edges between different nodes, as node pairs. */
function undirected({ nodes, source, target }: GraphData): (readonly [number, number])[] {
  const keys = new Set<number>();
  for (const [k, u] of source.entries()) {
    const v = target[k]!;
    if (u !== v) keys.add(Math.min(u, v) * nodes + Math.max(u, v));
  }
  return Array.from(keys, (key) => [Math.floor(key / nodes), key % nodes] as const);
}

function homophily(edges: readonly (readonly [number, number])[], labels: Int32Array): number {
  return edges.filter(([u, v]) => labels[u] === labels[v]).length / edges.length;
}

test("Fashion-MNIST has 7,000 images of each class, and more of a shirt is lit than of trousers", async (context) => {
  const train = await available(context, () => loadFashionMnist());
  const test = await available(context, () => loadFashionMnist({ part: "test" }));
  expect(train.images.shape).toEqual([60_000, 28, 28]);
  expect(test.images.shape).toEqual([10_000, 28, 28]);
  const counts = new Int32Array(10);
  const sums = new Float64Array(10);
  for (const { images, labels } of [train, test]) {
    for (const [i, label] of labels.data.entries()) {
      counts[label]!++;
      for (let p = 784 * i; p < 784 * (i + 1); p++) sums[label]! += images.data[p]!;
    }
  }
  expect([...counts]).toEqual(new Array(10).fill(7000));
  expect(sums[0]!).toBeGreaterThan(sums[1]!);
});

test("WordNet has the published counts", async (context) => {
  const wordNet = await available(context, () => loadWordNet());
  expect(wordNet.nodes).toBe(117_791);
  expect(wordNet.source.length).toBe(362_191);
  expect(new Set(wordNet.labels).size).toBe(45);
  const degrees = new Int32Array(wordNet.nodes);
  for (const [arc, node] of wordNet.source.entries()) {
    expect(node === wordNet.target[arc]).toBe(false);
    degrees[node]!++;
  }
  expect(degrees.reduce((most, degree) => Math.max(most, degree), 0)).toBe(673);
  expect(degrees.filter((degree) => degree === 0).length).toBe(1005);
  const dog = wordNet.words.indexOf("dog");
  expect(wordNet.glosses[dog]).toContain("Canis");
});

test("the verbs of WordNet form the graph that embeddings are measured on", async (context) => {
  const verbs = await available(context, () => loadWordNet({ partsOfSpeech: ["verb"] }));
  const edges = undirected(verbs);
  expect(edges.length).toBe(15_667);
  expect(new Set(edges.flat()).size).toBe(13_688);
  expect(new Set(verbs.labels).size).toBe(15);
  expect(homophily(edges, verbs.labels)).toBeCloseTo(0.857, 3);
  await expect(loadWordNet({ partsOfSpeech: ["verbs" as "verb"] })).rejects.toMatchObject({
    argument: "options.partsOfSpeech",
  });
  await expect(loadWordNet({ partsOfSpeech: [] })).rejects.toMatchObject({
    argument: "options.partsOfSpeech",
  });
});

test("a converted set that is cut off is converted anew", async (context) => {
  const whole = await available(context, () => loadWordNet());
  const { folder } = await fetchDataset("wordnet");
  const path = join(folder, "derived", "graph-1.bundle");
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  expect(await loadWordNet()).toEqual(whole);
});

test("Brown has the published counts, and its word graph little homophily", async (context) => {
  const brown = await available(context, () => loadBrown());
  expect(brown.tokens.length).toBe(1_161_192);
  expect(brown.sentenceStarts.length - 1).toBe(57_340);
  expect(brown.documents.length).toBe(500);
  expect(new Set(brown.genres).size).toBe(15);
  expect(brown.vocabulary[brown.tokens[0]!]).toBe("the");
  const graph = await loadBrownWordGraph();
  expect(homophily(undirected(graph), graph.labels)).toBeLessThan(0.2);
  expect(graph.weights.every((weight) => weight >= 1)).toBe(true);
  await expect(loadBrownWordGraph({ minimumCount: 0 })).rejects.toMatchObject({
    argument: "options.minimumCount",
  });
});

test("MNIST has its images, and the test part its class counts", async (context) => {
  const { images, labels } = await available(context, () => loadMnist({ part: "test" }));
  expect(images.shape).toEqual([10_000, 28, 28]);
  const counts = new Array<number>(10).fill(0);
  for (const label of labels.data) counts[label]!++;
  expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
});

test("Fashion-MNIST is divided once, all classes in both parts", async (context) => {
  const { images, labels } = await available(context, () => loadFashionMnist({ part: "test" }));
  expect(images.shape).toEqual([10_000, 28, 28]);
  const counts = new Array<number>(10).fill(0);
  for (const label of labels.data) counts[label]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(100);
  const train = await loadFashionMnist();
  expect(train.labels.shape).toEqual([60_000]);
});

test("small sets of npm packages", async (context) => {
  const miserables = await available(context, () => loadMiserables());
  expect([miserables.nodes, miserables.source.length]).toEqual([77, 254]);
  expect(miserables.names[11]).toBe("Valjean");
  expect(await available(context, () => loadMobyDick())).toContain("Call me Ishmael.");
});

describe("graphs with labels", () => {
  test.for([
    ["blogcatalog", 10_312, 333_983, 39],
    ["ppi", 3_890, 38_739, 50],
    ["wikipedia-pos", 4_777, 92_517, 40],
    ["dblp", 51_264, 127_968, 60],
  ] as const)("%s", async ([name, nodes, edges, labels], context) => {
    const graph = await available(context, () => loadMultiLabelGraph(name));
    expect([graph.nodes, graph.source.length, graph.labels.cols]).toEqual([nodes, edges, labels]);
    expect(graph.labels.rows).toBe(nodes);
  });
});

test("Cora and Citeseer have their public split", async (context) => {
  const cora = await available(context, () => loadCitationGraph("cora"));
  expect([cora.nodes, undirected(cora).length, cora.features.cols, cora.classes]).toEqual([
    2708, 5278, 1433, 7,
  ]);
  const citeseer = await available(context, () => loadCitationGraph("citeseer"));
  expect([citeseer.nodes, undirected(citeseer).length, citeseer.features.cols, citeseer.classes]).toEqual([
    3327, 4552, 3703, 6,
  ]);
  expect(citeseer.labels.filter((label) => label < 0).length).toBe(15);
  for (const [{ split }, train] of [
    [cora, 140],
    [citeseer, 120],
  ] as const)
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([train, 500, 1000]);
});

test("cnr-2000 has its pages and links", async (context) => {
  const graph = await available(context, () => loadCnr2000());
  expect([graph.nodes, graph.source.length]).toEqual([325_557, 3_216_152]);
  expect([...graph.target.subarray(0, 5)]).toEqual([1, 4, 8, 219, 220]);
});

test("SNAP graphs", async (context) => {
  const email = await available(context, () => loadSnapGraph("email-eu-core"));
  expect([email.nodes, email.source.length, new Set(email.labels).size]).toEqual([1005, 25_571, 42]);
  const facebook = await available(context, () => loadSnapGraph("ego-facebook"));
  expect([facebook.nodes, undirected(facebook).length]).toEqual([4039, 88_234]);
  const authors = await available(context, () => loadSnapGraph("ca-grqc"));
  expect([authors.nodes, authors.source.length]).toEqual([5242, 28_980]);
});

test("MovieLens: every official split makes up all ratings", async (context) => {
  const all = await available(context, () => loadMovieLens100k());
  expect(all.rating.length).toBe(100_000);
  expect(all.rating.reduce((sum, value) => sum + value, 0) / 1e5).toBeCloseTo(3.52986, 5);
  const base = await loadMovieLens100k({ file: "u1.base" });
  const rest = await loadMovieLens100k({ file: "u1.test" });
  expect([base.rating.length, rest.rating.length]).toEqual([80_000, 20_000]);
  const keys = (ratings: typeof all) => Array.from(ratings.user, (user, k) => user * 2000 + ratings.item[k]!);
  expect([...keys(base), ...keys(rest)].sort((a, b) => a - b)).toEqual(keys(all).sort((a, b) => a - b));
  await expect(loadMovieLens100k({ file: "u6.base" })).rejects.toMatchObject({ argument: "options.file" });
});

test("the cells of four days have as many components as asked for", async (context) => {
  const days = await available(context, () => loadSingleCells());
  expect(Object.values(days).map(({ shape }) => shape)).toEqual([
    [6071, 50],
    [7643, 50],
    [8485, 50],
    [7195, 50],
  ]);
  expect((await loadSingleCells({ components: 100 }))[2].shape).toEqual([6071, 100]);
  await expect(loadSingleCells({ components: 10 as 50 })).rejects.toMatchObject({
    argument: "options.components",
  });
});

describe("the registry", () => {
  test("names are unique and entries complete", () => {
    expect(new Set(datasets.map((dataset) => dataset.name)).size).toBe(datasets.length);
    for (const dataset of datasets) {
      expect(dataset.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      for (const text of [dataset.title, dataset.shape, dataset.terms])
        expect(text.length).toBeGreaterThan(2);
      expect(dataset.url).toMatch(/^https?:\/\//);
      expect(dataset.files.length).toBeGreaterThan(0);
      for (const file of dataset.files) {
        expect(file.bytes).toBeGreaterThan(0);
        expect(file.hash).toMatch(file.package ? /^sha512-[A-Za-z0-9+/]{86}==$/ : /^sha256:[0-9a-f]{64}$/);
        expect(file.unpack !== undefined).toBe(file.package !== undefined);
      }
    }
  });

  test.runIf(dataFolder() !== undefined)("files put by hand have the pinned hashes", async () => {
    for (const dataset of datasets) {
      const there = dataset.files.every((file) =>
        existsSync(join(dataFolder()!, dataset.folder ?? dataset.name, file.name)),
      );
      if (there) expect([dataset.name, await datasetStatus(dataset)]).not.toContain("absent");
    }
  });
});

test("bundles hold arrays of every width and texts of any script", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "ockham-bundle-")), "a.bundle");
  const bundle = {
    arrays: {
      bytes: { dtype: "uint8", shape: [3], data: Uint8Array.of(1, 2, 3) },
      wide: { dtype: "float64", shape: [2, 1], data: Float64Array.of(0.5, -1) },
      none: { dtype: "int64", shape: [0], data: new BigInt64Array(0) },
    },
    texts: { words: ["", "ß", "日本", "a\n\u0000b", "🦊"], empty: [] },
  } as const;
  await writeBundle(path, bundle);
  expect(await readBundle(path)).toEqual(bundle);
  const bytes = readFileSync(path);
  for (const length of [0, 10, 100, bytes.length - 1]) {
    writeFileSync(path, bytes.subarray(0, length));
    expect(await readBundle(path)).toBeUndefined();
  }
  expect(await bundled(path, async () => bundle)).toEqual(bundle);
});
