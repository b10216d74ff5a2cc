import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type NdArray, ndArray } from "ockham/array";
import { formatNpy, formatSafetensors } from "ockham/io";
import { randomStream } from "ockham/random";
import { conv, type Tensor, toOnnx } from "ockham/tensor";
import { fromSources, type Outcome, root, run } from "./command.ts";

export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** Line of the document that the block begins on. */
  readonly line: number;
}

/** The fenced code blocks of a markdown document. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (const match of markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```/gms)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ language: match[1]!, code: match[2]!, line });
  }
  return blocks;
}

/**
 * A folder inside the checkout, so that `ockham/...` resolves, with the files that documents speak of: a graph of two
 * communities and the classes of its vertices, a folder of texts, vectors of some words, sets of vectors for documents
 * and queries with judgements, a structural equation model, two clouds of points, a denoiser of normal images and such
 * images, a series, scattered measurements, a tall table, ratings, labelled samples, a game, a matrix, and networks.
 */
export function scratchFolder(): { readonly path: string; remove(): void } {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const path = mkdtempSync(join(root, ".cache", "documents-"));
  const edges: string[] = [];
  for (let vertex = 0; vertex < 60; vertex++)
    for (const step of [1, 2, 5])
      edges.push(`${vertex},${30 * Math.floor(vertex / 30) + ((vertex + step) % 30)}`);
  writeFileSync(join(path, "edges.csv"), `source,target\n${edges.join("\n")}\n0,30\n`);
  const labels = Array.from({ length: 60 }, (_, vertex) => `${vertex},${vertex < 30 ? "left" : "right"}`);
  writeFileSync(join(path, "labels.csv"), `id,class\n${labels.join("\n")}\n`);
  writeFileSync(join(path, "known.csv"), "vertex,label\n0,1\n30,-1\n");
  mkdirSync(join(path, "notes"));
  writeFileSync(join(path, "notes", "engines.txt"), "the blades are cooled by air\n\nthe cat sleeps\n");
  const vectors = ["cooling 1 0 0", "cooled 0.9 0.1 0", "engines 0 1 0", "blades 0.1 0.9 0", "cat 0 0 1"];
  writeFileSync(join(path, "vectors.txt"), `${vectors.join("\n")}\n`);
  const stored = (count: number): NdArray<"float32"> =>
    ndArray("float32", [count, 3, 4], randomStream(count).fillNormal(new Float32Array(12 * count)));
  writeFileSync(join(path, "documents.npy"), formatNpy(stored(30)));
  writeFileSync(join(path, "documents.txt"), Array.from({ length: 30 }, (_, i) => `document${i}\n`).join(""));
  writeFileSync(join(path, "queries.npy"), formatNpy(stored(2)));
  writeFileSync(join(path, "qrels.txt"), "0 0 document3 2\n0 0 document4 0\n1 0 document20 1\n");
  const market = ["rain -> quantity", "quantity -> price", "price -> quantity", "income -> price"];
  writeFileSync(join(path, "market.txt"), `${market.join("\n")}\nquantity <-> price\n`);
  for (const [name, shift] of [
    ["source", 0],
    ["target", 3],
  ] as const) {
    const points = Array.from(
      { length: 60 },
      (_, i) => `cell${i},${shift + (i % 5) / 5},${shift - (i % 7) / 7}`,
    );
    writeFileSync(join(path, `${name}.csv`), `name,x,y\n${points.join("\n")}\n`);
  }
  writeFileSync(join(path, "denoiser.onnx"), normalDenoiser(64));
  writeFileSync(join(path, "returns.csv"), "y\n0.3\n-1.2\n0.4\nNA\n2.1\n-0.3\n");
  const measured = Array.from({ length: 48 }, (_, i) => [i % 8, Math.floor(i / 8)] as const);
  const rows = measured.map(([lat, time]) => `${lat},${time},${lat * time + 3 * lat}`);
  writeFileSync(join(path, "obs.csv"), `lat,time,value\n${rows.join("\n")}\n`);
  writeFileSync(join(path, "grid.csv"), "lat,time\n1.5,0.5\n4.2,3.9\n");
  const houses = Array.from({ length: 500 }, (_, i) => [i % 13, (i * 7) % 17, Math.sin(i)] as const);
  const prices = houses.map(([size, age, noise]) => `${size},${age},${3 * size - age + noise}`);
  writeFileSync(join(path, "houses.csv"), `size,age,price\n${prices.join("\n")}\n`);
  const rated = Array.from({ length: 240 }, (_, e) => e).filter((e) => e % 4 !== 1);
  const stars = rated.map(
    (e) => `user${e % 15},film${Math.floor(e / 15)},${(e % 15) + 2 * Math.floor(e / 15)}`,
  );
  writeFileSync(join(path, "ratings.csv"), `user,film,stars\n${stars.join("\n")}\n`);
  writeFileSync(join(path, "model.onnx"), smallNetwork());
  writeFileSync(join(path, "payoff.csv"), "0,-1,1\n1,0,-1\n-1,1,0\n");
  const samples = Array.from({ length: 60 }, (_, i) => {
    const label = i % 2 === 0 ? 1 : -1;
    return `${label} 1:${label * (1 + (i % 5))} 2:${(i % 7) / 7} 3:${(i % 3) / 3}`;
  });
  for (const name of ["train", "a"]) writeFileSync(join(path, `${name}.libsvm`), `${samples.join("\n")}\n`);
  writeFileSync(
    join(path, "state.mtx"),
    "%%MatrixMarket matrix array real general\n3 3\n-1\n-1\n0\n0\n-2\n-1\n0\n0\n-3\n",
  );
  const pixels = Uint8Array.from({ length: 80 * 16 }, (_, i) => (i * i) % 251);
  const header = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 80, 0, 0, 0, 4, 0, 0, 0, 4);
  writeFileSync(join(path, "train-images-idx3-ubyte.gz"), gzipSync(Buffer.concat([header, pixels])));
  writeFileSync(
    join(path, "model.safetensors"),
    formatSafetensors({ "layers.0.weight": normalArray("layer", [64, 64]) }),
  );
  writeFileSync(join(path, "inputs.npy"), formatNpy(normalArray("inputs", [64, 8, 6, 6])));
  for (const name of ["base", "a", "b"]) {
    const tensors = {
      "layer.weight": normalArray(name, [20, 20]),
      "head.weight": normalArray(`${name} head`, [20, 2]),
    };
    writeFileSync(join(path, `${name}.safetensors`), formatSafetensors(tensors));
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function normalArray(label: string, shape: readonly number[]): NdArray {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return ndArray("float32", shape, randomStream(1, label).fillNormal(new Float32Array(size)));
}

/** A convolution and a linear layer for 32 pictures [8, 6, 6]. */
function smallNetwork(): Uint8Array {
  const params = {
    kernel: normalArray("kernel", [32, 8, 3, 3]),
    weight: normalArray("weight", [1152, 10]),
  };
  const network = ({ kernel, weight }: { kernel: Tensor; weight: Tensor }, x: Tensor): Tensor =>
    conv(x, kernel, { padding: 1 }).relu().reshape([32, 1152]).matmul(weight);
  return toOnnx(network, [params, normalArray("x", [32, 8, 6, 6])], {
    inputs: ["params", "x"],
    stored: ["params"],
  });
}

/** Predicts the noise in normal images of 4 x 4 pixels on the linear schedule, sigma x, for batches of one size. */
function normalDenoiser(batch: number): Uint8Array {
  const network = (x: Tensor, time: Tensor): Tensor => {
    const logAlpha = time.square().mul(-4.975).sub(time.mul(0.05));
    return x.mul(logAlpha.mul(2).exp().neg().add(1).sqrt().reshape([batch, 1, 1]));
  };
  const x: NdArray = { dtype: "float32", shape: [batch, 4, 4], data: new Float32Array(16 * batch) };
  return toOnnx(network, [x, { dtype: "float32", shape: [batch], data: new Float32Array(batch) }]);
}

/** Commands of minutes: their options are checked through `--help`, the work is done elsewhere. */
const long = /--full|\bockham (verify|worker|lab|classify-sequences|train-text)\b/;

/**
 * Runs a block in the folder: TypeScript as a module, shell lines that begin with `npx ockham` or
 * `npm run -s ockham --` through the command line of the sources. Other lines and languages are left alone.
 */
export async function runBlock(block: CodeBlock, folder: string): Promise<Outcome> {
  const done: Outcome = { status: 0, stdout: "", stderr: "" };
  if (/^(ts|typescript|js|javascript)$/.test(block.language)) {
    const file = join(folder, `block-${block.line}.${block.language.startsWith("t") ? "ts" : "js"}`);
    writeFileSync(file, block.code);
    return run(process.execPath, ["--conditions=ockham-source", file], { cwd: folder });
  }
  if (!/^(sh|bash|shell|console)$/.test(block.language)) return done;
  for (const line of block.code.split("\n")) {
    const match = /^(?:\$ )?(?:npx ockham|npm run -s ockham --) (.*)$/.exec(line.replace(/\s+#.*$/, ""));
    if (match === null) continue;
    const ockham = [process.execPath, ...fromSources].map((word) => `'${word}'`).join(" ");
    const args = long.test(line) ? match[1]!.replace(/^\S+/, "$& --help") : match[1]!;
    const outcome = await run("bash", ["-c", `set -o pipefail; ${ockham} ${args}`], {
      cwd: folder,
    });
    if (outcome.status !== 0) return outcome;
  }
  return done;
}
