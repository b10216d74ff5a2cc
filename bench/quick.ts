import * as works from "./tensor-works.ts";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const py = spawn("/usr/bin/python3", ["bench/peers/torch_peer.py"], { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: py.stdout })[Symbol.asyncIterator]();
await lines.next();
const torch = async (name: string, reps: number) => { py.stdin.write(`${name} ${reps}\n`); return (await lines.next()).value.split(" ").map(Number); };
for (const name of process.argv.slice(2)) {
  const w = await (works as any)[name]();
  const first = await w.run(); await w.run();
  const ours: number[] = [], theirs: number[] = [];
  const reps = name === "mlp" ? 50 : name === "recurrence" ? 10 : 4;
  for (let round = 0; round < 4; round++) {
    theirs.push(...await torch(name, reps));
    for (let i = 0; i < reps; i++) { const t = performance.now(); await w.run(); ours.push(performance.now() - t); }
  }
  const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]!;
  console.log(name, "compile", w.compileMs.toFixed(0), "ours min/med", Math.min(...ours).toFixed(2), med(ours).toFixed(2), "torch", Math.min(...theirs).toFixed(2), med(theirs).toFixed(2), "ratio min", (Math.min(...ours)/Math.min(...theirs)).toFixed(2), "med", (med(ours)/med(theirs)).toFixed(2), "loss", first);
}
py.stdin.end();
