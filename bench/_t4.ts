import { ndArray } from "ockham/array";
import { loadMnist } from "ockham/data";
import { fitSsmClassifier } from "ockham/sequence";

function pool(images: any, count: number) {
  const x = new Float32Array(count * 196);
  for (let i = 0; i < count; i++)
    for (let r = 0; r < 14; r++)
      for (let c = 0; c < 14; c++) {
        const at = (dr: number, dc: number) => images.data[i * 784 + (2 * r + dr) * 28 + 2 * c + dc];
        x[i * 196 + r * 14 + c] = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4 / 255;
      }
  return ndArray("float32", [count, 196, 1], x);
}
const N = Number(process.argv[2]),
  E = Number(process.argv[3]),
  H = Number(process.argv[4]);
const dtMin = Number(process.argv[5] ?? 1e-3),
  dtMax = Number(process.argv[6] ?? 0.1);
const train = await loadMnist(),
  test = await loadMnist({ part: "test" });
const x = pool(train.images, N),
  xt = pool(test.images, 1000);
const y = train.labels.data.subarray(0, N),
  yt = test.labels.data.subarray(0, 1000);
for (const init of (process.argv[7] ?? "s4d-legs,ptd").split(",") as any) {
  const t = performance.now();
  const m = await fitSsmClassifier(x, y, {
    init,
    width: H,
    layers: 2,
    stateSize: 32,
    epochs: E,
    batchSize: 50,
    dtMin,
    dtMax,
    residual: process.argv[9] !== "nores",
    layer: (process.argv[8] ?? "s4") as any,
    blocks: 2,
    ...(init === "ptd" || init === "ginibre" ? { ptd: { steps: 400, gamma: 1 } } : {}),
  });
  const s = (performance.now() - t) / 1000;
  const res = [await m.accuracy(xt, yt)];
  for (const amplitude of [0.1, 0.3, 1])
    res.push(await m.accuracy(xt, yt, { inputNoise: { omega: 325.4263, amplitude } }));
  console.log(
    init,
    s.toFixed(0) + "s",
    ((s / ((E * N) / 50)) * 1000).toFixed(0) + "ms/step",
    "loss",
    m.losses.slice(-20).reduce((a, b) => a + b) / 20,
    res.join(" "),
  );
}
