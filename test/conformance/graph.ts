import type { FingerprintIndex, PowerWalk } from "ockham/graph";
import { graph, sparse } from "./inputs.ts";
import { accessor, type Method, type Registration } from "./registration.ts";

const fastRP: Method = {
  args: () => ({ graph: graph(), options: { dim: 4 } }),
  seeded: true,
  long: true,
  invalid: {
    dim: [0, 1.5, Number.NaN],
    weights: [[], [0, 0], [1, Number.NaN]],
    beta: [Number.NaN, Number.POSITIVE_INFINITY],
    projection: ["dense"],
    sparsity: [0.5, "cube"],
    input: ["laplacian"],
    merge: ["mean"],
    dtype: ["float16"],
  },
};

const walkEmbedding: Method = {
  args: () => ({ graph: graph(), options: { dim: 4, walksPerNode: 2, walkLength: 5 } }),
  seeded: true,
  long: true,
};
const walkEmbeddingInvalid = {
  dim: [0, 1.5],
  walksPerNode: [0],
  walkLength: [0],
  window: [0],
  negatives: [0],
  epochs: [0],
  learningRate: [0, Number.NaN],
};

const walks: Method = {
  args: () => ({ graph: graph(), options: { walksPerStart: 3, length: 4 } }),
  seeded: true,
  long: true,
  invalid: {
    starts: [[6], [-1]],
    walksPerStart: [0],
    firstWalk: [-1],
    length: [0, 1.5],
    stopProbability: [2],
  },
};

/** Of two vertices that lead to each other. */
const fingerprints = (): FingerprintIndex => ({
  nodes: 2,
  walks: 1,
  teleport: 0.5,
  dangling: "absorb",
  estimator: "visits",
  seed: "0",
  graphHash: "",
  indptr: Int32Array.of(0, 2, 3),
  indices: Int32Array.of(0, 1, 1),
  counts: Int32Array.of(2, 1, 1),
  totals: Int32Array.of(3, 1),
});

export const registration: Registration = {
  methods: {
    fastRP,
    fitFastRP: {
      ...fastRP,
      plain: (model: { hops: unknown; info: unknown }) => ({ hops: model.hops, info: model.info }),
    },
    tuneFastRP: {
      args: () => ({ graph: graph(), labels: [0, 0, 0, 1, 1, 1], options: { trials: 2, dim: 4 } }),
      seeded: true,
      long: true,
      invalid: { trials: [0, 1.5], dim: [0], maxHops: [0], trainFraction: [-1, 2], splits: [0] },
    },
    randNE: {
      args: () => ({ graph: graph(), options: { dim: 3 } }),
      seeded: true,
      long: true,
      invalid: { dim: [0, 1.5], weights: [[], [Number.NaN]], input: ["laplacian"], dtype: ["float16"] },
    },
    netMF: {
      args: () => ({ graph: graph(), options: { rank: 2 } }),
      long: true,
      invalid: { rank: [0, 1.5], window: [0], negatives: [0] },
    },
    deepWalk: { ...walkEmbedding, invalid: walkEmbeddingInvalid },
    node2vec: { ...walkEmbedding, invalid: { ...walkEmbeddingInvalid, p: [0, Number.NaN], q: [-1] } },
    randomWalks: walks,
    walkVisits: walks,
    walkEndpoints: walks,
    buildFingerprints: {
      args: () => ({ graph: graph(), options: { walks: 3 } }),
      seeded: true,
      long: true,
      invalid: {
        walks: [0, 1.5],
        vertices: [[6], []],
        minInDegree: [-1],
        topK: [0],
        estimator: ["median"],
        teleport: [0, 1, Number.NaN],
        dangling: ["drop"],
      },
    },
    fingerprintMatrix: accessor(() => ({ index: fingerprints() })),
    powerWalk: {
      args: () => ({ graph: graph(), index: null, options: { dangling: "uniform" } }),
      long: true,
      invalid: { teleport: [0, 1, Number.NaN], dangling: ["drop"] },
      plain: (walker: PowerWalk) => walker.query(0),
    },
    pprPowerIteration: {
      args: () => ({ graph: graph(), sources: [0, 5], options: {} }),
      long: true,
      invalid: { teleport: [0, 1, Number.NaN], tolerance: [0, 1], maxIterations: [0] },
    },
    pprMonteCarlo: {
      args: () => ({ graph: graph(), sources: [0, 5], options: { walks: 3 } }),
      seeded: true,
      long: true,
      invalid: { teleport: [0, 1], walks: [0, 1.5], estimator: ["middle"] },
    },
    pprForwardPush: {
      args: () => ({ graph: graph(), source: 0, options: { epsilon: 0.01 } }),
      invalid: { teleport: [0, 1], epsilon: [0, 1, Number.NaN] },
    },
    projectionMatrix: { args: () => ({ rows: 6, cols: 4, s: 2, seed: 1 }) },
    graphFromEdges: {
      args: () => ({ edges: { sources: [0, 1], targets: [1, 2] }, options: {} }),
      invalid: { nodes: [-1, 1.5], selfLoops: ["merge"], duplicates: ["last"], ids: [["a"]] },
    },
    graphFromAdjacency: { args: () => ({ adjacency: sparse() }), options: true },
    degrees: accessor(() => ({ graph: graph() })),
    undirected: accessor(() => ({ graph: graph() })),
    edgesOf: accessor(() => ({ graph: graph() })),
    subgraph: accessor(() => ({ graph: graph(), vertices: [0, 2, 3] })),
    permute: accessor(() => ({ graph: graph(), order: [5, 4, 3, 2, 1, 0] })),
    components: accessor(() => ({ graph: graph() })),
    largestComponent: accessor(() => ({ graph: graph() })),
    contentHash: accessor(() => ({ graph: graph() })),
    stochasticBlockModel: {
      args: () => ({
        sizes: [10, 10],
        affinity: [
          [0.5, 0.1],
          [0.1, 0.5],
        ],
      }),
      seeded: true,
      // No class at all is the graph without vertices.
      accepts: { sizes: ["empty"] },
    },
    ringBlockModel: {
      args: () => ({ options: { classes: 3, classSize: 6, within: 0.1, between: 0.6 } }),
      seeded: true,
      invalid: { classes: [2], classSize: [0], within: [-0.1, 1.1], between: [Number.NaN] },
    },
    barabasiAlbert: { args: () => ({ nodes: 20, attachments: 2 }), seeded: true },
    rmat: { args: () => ({ scale: 4, edges: 40 }), seeded: true, invalid: { a: [1.5], b: [-1], c: [2] } },
    randomRegular: { args: () => ({ nodes: 12, degree: 3 }), seeded: true },
  },
  notMethods: {
    "a reader and a writer of files, tested with damaged ones": ["readFingerprints", "writeFingerprints"],
    "a check at the door of other methods": ["requireGraph"],
  },
};
