// tfjs side of bench/tensor.ts (its WebAssembly backend, two threads where the host allows them).
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { serve, sizes, wave } from "./serve.mjs";

const require = createRequire(import.meta.url);
setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
setThreadsCount(2);
await tf.setBackend("wasm");
await tf.ready();

async function mlp() {
  const variables = sizes
    .slice(1)
    .flatMap((to, i) => [
      tf.variable(tf.tensor2d(wave(sizes[i] * to, 0.05), [sizes[i], to])),
      tf.variable(tf.zeros([to])),
    ]);
  const optimizer = tf.train.adam(1e-3);
  const x = tf.tensor2d(wave(128 * 784, 1), [128, 784]);
  const y = tf.oneHot(
    tf.tensor1d(
      Int32Array.from({ length: 128 }, (_, i) => i % 10),
      "int32",
    ),
    10,
  );
  return async () => {
    const loss = optimizer.minimize(
      () => {
        let h = x;
        for (let i = 0; i < 3; i++) {
          h = tf.add(tf.matMul(h, variables[2 * i]), variables[2 * i + 1]);
          if (i < 2) h = tf.relu(h);
        }
        return tf.losses.softmaxCrossEntropy(y, h).asScalar();
      },
      true,
      variables,
    );
    await loss.data();
    loss.dispose();
  };
}

await serve(`tfjs ${tf.version.tfjs}`, { mlp });
