import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "the harness around papers, which are checked one by one in test/slow/papers.test.ts": [
      "definePaper",
      "requireFacts",
      "runPaper",
    ],
  },
};
