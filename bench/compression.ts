// Times of merging and of LoRD beside numpy and PyTorch, in turn, best of three.
//   node --conditions=ockham-source bench/compression.ts
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ndArray } from "ockham/array";
import { breadcrumbMask, CovarianceStatistics, lordLinear } from "ockham/compression";
import { randomStream } from "ockham/random";

const entries = 5_000_000;
const [samples, out, inputs] = [20_000, 1024, 1024];

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
    tau = torch.from_numpy(rng.standard_normal(${entries}).astype(np.float32))
    def mask():
        n = tau.numel(); top = int(n * .01); keep = int(n * .1)
        order = torch.topk(tau.abs(), top + keep).indices
        m = torch.zeros(n, dtype=torch.bool); m[order[top:]] = True
    print("mask", best(mask))
except ImportError:
    pass
y = rng.standard_normal((${samples}, ${out}))
w = rng.standard_normal((${out}, ${inputs}))
def lord():
    c = np.cov(y, rowvar=False, bias=True); l, q = np.linalg.eigh(c); u = q[:, -256:]; u.T @ w
print("lord", best(lord))
`;

function peers(): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "ockham-bench-"));
  try {
    writeFileSync(join(folder, "peer.py"), script);
    const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
    const text = execFileSync("/usr/bin/python3", [join(folder, "peer.py")], { env, encoding: "utf8" });
    return Object.fromEntries(
      text
        .trim()
        .split("\n")
        .map((line) => {
          const [name, seconds] = line.split(" ");
          return [name!, Number(seconds)];
        }),
    );
  } catch {
    return {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tau = ndArray("float32", [entries], randomStream(1).fillNormal(new Float32Array(entries)));
const mask = best(() => breadcrumbMask(tau));
const y = ndArray("float64", [samples, out], randomStream(2).fillNormal(new Float64Array(samples * out)));
const weight = ndArray("float64", [out, inputs], randomStream(3).fillNormal(new Float64Array(out * inputs)));
const lord = best(() => {
  const statistics = new CovarianceStatistics(out);
  statistics.update(y);
  lordLinear(weight, null, statistics, 256);
});
const other = peers();
const line = (what: string, own: number, peer: number | undefined, name: string) =>
  console.log(
    `${what}: ${own.toFixed(3)} s${peer === undefined ? `, no ${name} here` : `, ${name} ${peer.toFixed(3)} s: ${(own / peer).toFixed(2)} x`}`,
  );
line(`breadcrumbs mask of ${entries} entries`, mask, other.mask, "torch.topk on one thread");
line(`LoRD of ${out} outputs, ${samples} samples`, lord, other.lord, "numpy cov and eigh");
