import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "a class of errors": ["DatasetUnavailableError"],
    "work on the cache and the network, tested with sources of their own": [
      "datasetStatus",
      "fetchDataset",
      "removeDataset",
    ],
    "facts about data sets and folders": ["cacheFolder", "dataFolder", "findDataset"],
    "loaders of one data set each, tested on the real files where they can be had": [
      "loadBrown",
      "loadBrownWordGraph",
      "loadCitationGraph",
      "loadCnr2000",
      "loadFashionMnist",
      "loadMiserables",
      "loadMnist",
      "loadMobyDick",
      "loadMovieLens100k",
      "loadMultiLabelGraph",
      "loadSingleCells",
      "loadSnapGraph",
      "loadSparseTensor",
      "loadTestCollection",
      "loadWordNet",
      "loadWordVectors",
    ],
  },
};
