// Times of merging, of LoRD, of the factorizations under them and of training by TRP, beside numpy and PyTorch where they
// are installed, best of three on one thread; and the memory that a merge takes.
//   node --conditions=ockham-source bench/compression.ts
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type NdArray, ndArray } from "ockham/array";
import {
  breadcrumbMask,
  breadcrumbs,
  CovarianceStatistics,
  lordLinear,
  openMerge,
  type TensorSource,
  trainTrp,
} from "ockham/compression";
import { eigh, svd } from "ockham/linalg";
import { crossEntropy } from "ockham/nn";
import { randomStream } from "ockham/random";
import { cosineOver, descent, type Labelled, smallConvolutional } from "../papers/fashion-networks.ts";

const entries = 50_000_000;
const [samples, out, inputs] = [20_000, 1024, 1024];

/** Seconds of the fastest of three runs. */
function best(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    work();
    least = Math.min(least, performance.now() - started);
  }
  return least / 1000;
}

const script = `
import time, sys
import numpy as np
def best(f):
    t = []
    for _ in range(3):
        s = time.perf_counter(); f(); t.append(time.perf_counter() - s)
    return min(t)
rng = np.random.default_rng(1)
try:
    import torch
    torch.set_num_threads(1)
    tau = torch.from_numpy(rng.standard_normal(${entries}, dtype=np.float32))
    def mask():
        n = tau.numel(); top = int(n * .01); keep = int(n * .1)
        order = torch.topk(tau.abs(), top + keep).indices
        m = torch.zeros(n, dtype=torch.bool); m[order[top:]] = True
    print("mask", best(mask), flush=True)
    del tau
except ImportError:
    pass
y = rng.standard_normal((${samples}, ${out}))
w = rng.standard_normal((${out}, ${inputs}))
def lord():
    c = np.cov(y, rowvar=False, bias=True); l, q = np.linalg.eigh(c); u = q[:, -256:]; u.T @ w
print("lord", best(lord))
print("svd", best(lambda: np.linalg.svd(w, full_matrices=False)))
c = w[:512, :512] + w[:512, :512].T
print("eigh", best(lambda: np.linalg.eigh(c)))
`;

function peers(): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "ockham-bench-"));
  try {
    writeFileSync(join(folder, "peer.py"), script);
    const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
    const text = execFileSync("/usr/bin/python3", [join(folder, "peer.py")], {
      env: { ...env, OPENBLAS_NUM_THREADS: "1" },
      encoding: "utf8",
    });
    return Object.fromEntries(
      text
        .trim()
        .split("\n")
        .map((line) => {
          const [name, seconds] = line.split(" ");
          return [name!, Number(seconds)];
        }),
    );
  } catch (error) {
    console.error(`no peers: ${(error as Error).message.split("\n")[0]}`);
    return {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const normal = (size: number, seed: number) => randomStream(seed).fillNormal(new Float64Array(size));

function times(): void {
  const other = peers();
  const line = (what: string, own: number, peer: number | undefined, name: string) =>
    console.log(
      `${what}: ${own.toFixed(3)} s${peer === undefined ? `, no ${name} here` : `, ${name} ${peer.toFixed(3)} s: ${(own / peer).toFixed(2)} x`}`,
    );
  const tau = ndArray("float32", [entries], randomStream(1).fillNormal(new Float32Array(entries)));
  const mask = best(() => breadcrumbMask(tau));
  line(`breadcrumbs mask of ${entries} entries`, mask, other.mask, "torch.topk");
  const y = ndArray("float64", [samples, out], normal(samples * out, 2));
  const weight = ndArray("float64", [out, inputs], normal(out * inputs, 3));
  const lord = best(() => {
    const statistics = new CovarianceStatistics(out);
    statistics.update(y);
    lordLinear(weight, null, statistics, 256);
  });
  line(`LoRD of ${out} outputs, ${samples} samples`, lord, other.lord, "numpy cov and eigh");
  line(
    "svd of 1024 x 1024",
    best(() => svd(weight)),
    other.svd,
    "numpy",
  );
  const half = new Float64Array(512 * 512);
  for (let i = 0; i < 512; i++)
    for (let j = 0; j < 512; j++) half[i * 512 + j] = weight.data[i * 1024 + j]! + weight.data[j * 1024 + i]!;
  const symmetric = ndArray("float64", [512, 512], half);
  line(
    "eigh of 512 x 512",
    best(() => eigh(symmetric)),
    other.eigh,
    "numpy",
  );
}

/** Seconds of four epochs on pictures of noise, with a projection every so many steps. */
async function training(period: number): Promise<{ seconds: number; projecting: number; steps: number }> {
  const count = 2560;
  const data: Labelled = {
    x: ndArray("float32", [count, 1, 28, 28], randomStream(4).fillNormal(new Float32Array(count * 784))),
    y: ndArray(
      "int64",
      [count],
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 10)),
    ),
  };
  const started = performance.now();
  const { losses, projectionSeconds } = await trainTrp({
    params: smallConvolutional.init(randomStream(5)),
    data: data as { x: NdArray; y: NdArray },
    loss: (params, { x, y }) => crossEntropy(smallConvolutional.forward(params, x), y),
    optimiser: descent(cosineOver(0.02, data, 4, 128), 1e-4),
    layers: (path) => ["conv2.kernel", "conv3.kernel", "full.weight"].includes(path),
    ...{ epochs: 4, batchSize: 128, energy: 0.95, period },
  });
  return {
    seconds: (performance.now() - started) / 1000,
    projecting: projectionSeconds,
    steps: losses.length,
  };
}

/** Two models of one large tensor, read anew as from files. */
async function mergeMemory(): Promise<void> {
  const shape = [entries / 1000, 1000];
  const source = (seed: number): TensorSource => ({
    label: `model ${seed}`,
    types: new Map([["w", { dtype: "float32", shape }]]),
    read: () => ndArray("float32", shape, randomStream(seed).fillNormal(new Float32Array(entries))),
    fresh: true,
  });
  const before = process.resourceUsage().maxRSS;
  const open = await openMerge(source(0), [source(1), source(2), source(3), source(4)], breadcrumbs());
  const started = performance.now();
  await open.make("w");
  const grown = (process.resourceUsage().maxRSS - before) * 1024;
  console.log(
    `merge of 4 models with a tensor of ${entries}: ${(grown / (4 * entries)).toFixed(2)} tensors of memory with the result, ${((performance.now() - started) / 1000).toFixed(1)} s with drawing them`,
  );
}

if (process.argv[2] === "memory") await mergeMemory();
else {
  times();
  const [plain, projected] = [await training(1e9), await training(20)];
  console.log(
    `training by TRP, period 20: ${projected.seconds.toFixed(2)} s for ${projected.steps} steps, with a projection only at its ends ${plain.seconds.toFixed(2)} s: ${(projected.seconds / plain.seconds).toFixed(2)} x; projections take ${((100 * projected.projecting) / projected.seconds).toFixed(1)} %`,
  );
  const self = fileURLToPath(import.meta.url);
  const own = [...process.execArgv, self, "memory"];
  console.log(execFileSync(process.execPath, own, { encoding: "utf8" }).trim());
}
