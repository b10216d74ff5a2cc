// Prints by how many bytes resident memory rises at most in a gradient through twelve blocks, `plain` or
// with each block a `checkpoint`.
import { checkpoint, compile, grad, type Tensor } from "ockham/tensor";

const [rows, width] = [20_000, 32];
const wrap = process.argv[2] === "checkpoint" ? checkpoint : <T>(f: T): T => f;

const block = wrap((x: Tensor, w: Tensor): Tensor => {
  let h = x;
  for (let i = 0; i < 4; i++) h = h.matmul(w).tanh().mul(h.sigmoid()).add(h.mul(0.5));
  return h;
});
const loss = (w: Tensor, x: Tensor): Tensor => {
  let h = x;
  for (let i = 0; i < 12; i++) h = block(h, w);
  return h.square().mean();
};
const step = compile((w: Tensor, x: Tensor) => grad((w: Tensor) => loss(w, x))(w), { threads: 2 });

const wave = (shape: readonly number[], scale: number) => ({
  dtype: "float32" as const,
  shape,
  data: Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => scale * Math.sin(0.37 * i)),
});
const [w, x] = [wave([width, width], 0.05), wave([rows, width], 1)];
const before = process.resourceUsage().maxRSS;
for (let i = 0; i < 2; i++) await step(w, x);
process.stdout.write(String((process.resourceUsage().maxRSS - before) * 1024));
