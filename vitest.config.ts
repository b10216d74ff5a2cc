import { defineConfig } from "vitest/config";

// Tests import `ockham/...` exactly as users do; this condition makes it resolve to the sources.
const conditions = ["ockham-source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "papers/**/*.test.ts", "lab/**/*.test.ts", "test/*.test.ts"],
        },
      },
      {
        extends: true,
        // Whole-program tests: the command line, packaging, every paper's quick experiment.
        test: {
          name: "slow",
          include: ["test/slow/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 30_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
