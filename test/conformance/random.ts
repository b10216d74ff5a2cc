import { randomStream } from "ockham/random";
import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {
    sparseSignMatrix: {
      args: () => ({ rows: 5, cols: 4, s: 2, stream: randomStream(1), options: {} }),
      invalid: { dtype: ["float16"], firstRow: [-1, 0.5] },
    },
  },
  notMethods: {
    "streams, whose state advances by design; known answers and statistics are tested beside them": [
      "RandomStream",
      "randomStream",
      "philox4x32",
    ],
  },
};
