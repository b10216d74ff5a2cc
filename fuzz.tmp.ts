import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { damagedCopies, disturbedCopies } from "./test/mutate.ts";
import { fromOnnx, decodeModel, encodeModel, Tensor } from "./src/core/tensor/index.ts";
import { trace } from "./src/core/tensor/trace.ts";
import { zeros } from "./src/core/array/index.ts";
const root = "/tmp/onnx-cases/onnx/backend/test/data/node";
const files = readdirSync(root); const per = Number(process.argv[2] ?? 10); const seed = Number(process.argv[3] ?? 1);
const H = new Map<string, number>();
let ran = 0, ok = 0, traced = 0, slow = 0; const bad = new Map<string, string>();
for (const [k, f] of files.entries()) {
  const bytes = readFileSync(`${root}/${f}/model.onnx`);
  const list = [...damagedCopies(bytes, per, seed * 10000 + k)]; { let m; try { m = decodeModel(bytes); for (const d of disturbedCopies(m, per * 2, seed * 10000 + k)) { try { list.push(encodeModel(d)); } catch (e) { if ((e as Error).name !== "InvalidInputError" && !(e instanceof TypeError)) bad.set("encode " + String(e), f);; } } } catch {} }
  for (const copy of list) {
    ran++; const t0 = performance.now(); const m0 = process.memoryUsage().rss;
    try {
      const model = fromOnnx(copy); ok++;
      const feeds = Object.fromEntries(model.inputs.map((i) => [i.name, zeros((i.shape ?? []).map((e) => typeof e === "number" && e >= 0 && e < 1e4 ? e : 2), i.dtype)]));
      trace(((w: Record<string, Tensor>, x: Record<string, Tensor>) => model.apply(w, x)) as never, [model.weights, feeds]);
      traced++;
    } catch (e) { const key = String(e).replace(/[0-9]+/g, "N").slice(0, 60); H.set(key, (H.get(key) ?? 0) + 1); if ((e as Error).name !== "InvalidInputError") bad.set(String((e as Error).stack).split("\n").slice(0, 4).join(" | ").slice(0, 420), f); }
    const dt = performance.now() - t0; const dm = process.memoryUsage().rss - m0;
    if (dt > 300 || dm > 2e8) { slow++; console.log("slow/large", f, dt.toFixed(0), "ms", (dm / 1e6).toFixed(0), "MB", copy.length); }
  }
}
console.log({ ran, ok, traced, slow, bad: bad.size });
for (const [k, v] of bad) console.log(v, k, "\n");
console.log([...H].sort((a,b)=>b[1]-a[1]).slice(0,25));
