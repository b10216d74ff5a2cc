import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "a class of errors": ["TaskError"],
    "the pool itself, tested on every executor beside it": [
      "defineTask",
      "inlinePool",
      "redisPool",
      "threadPool",
    ],
    "the other end of a pool on Redis, tested in test/slow/cluster.test.ts": ["runWorker"],
    "hooks for modules with threads of their own": ["isPoolWorker", "onPoolActivity"],
  },
};
