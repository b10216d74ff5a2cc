// jax-js side of bench/tensor.ts (its WebAssembly backend).
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { serve, sizes, wave } from "./serve.mjs";

await init("wasm");
defaultDevice("wasm");

async function mlp() {
  const parameters = () =>
    sizes
      .slice(1)
      .flatMap((to, i) => [np.array(wave(sizes[i] * to, 0.05)).reshape([sizes[i], to]), np.zeros([to])]);
  const loss = (params, x, y) => {
    let h = x;
    for (let i = 0; i < 3; i++) {
      h = np.matmul(h, params[2 * i]).add(params[2 * i + 1]);
      if (i < 2) h = nn.relu(h);
    }
    return nn
      .logSoftmax(h)
      .mul(y)
      .sum()
      .mul(-1 / 128);
  };
  const step = jit((params, m, v, left, x, y) => {
    const [value, grads] = valueAndGrad(loss)(tree.ref(params), x, y);
    const next = { params: [], m: [], v: [] };
    for (const [i, g] of grads.entries()) {
      const m1 = m[i].mul(0.9).add(g.ref.mul(0.1));
      const v1 = v[i].mul(0.999).add(g.ref.mul(g).mul(0.001));
      const change = m1.ref.mul(left.ref.slice(0)).div(np.sqrt(v1.ref.mul(left.ref.slice(1))).add(1e-8));
      next.params.push(params[i].sub(change));
      next.m.push(m1);
      next.v.push(v1);
    }
    left.dispose?.();
    return [value, next];
  });
  const x = np.array(wave(128 * 784, 1)).reshape([128, 784]);
  const labels = new Float32Array(1280);
  for (let i = 0; i < 128; i++) labels[10 * i + (i % 10)] = 1;
  const y = np.array(labels).reshape([128, 10]);
  const zeros = () => sizes.slice(1).flatMap((to, i) => [np.zeros([sizes[i], to]), np.zeros([to])]);
  let state = { params: parameters(), m: zeros(), v: zeros() };
  let t = 0;
  return async () => {
    t++;
    const left = np.array([1e-3 / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)]);
    const [value, next] = step(state.params, state.m, state.v, left, x.ref, y.ref);
    state = next;
    await value.data();
  };
}

await serve("jax-js", { mlp });
